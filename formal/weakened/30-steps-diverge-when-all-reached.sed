# file: Steps.v
# refused in: T1a_steps_diverge
# nothing need lie outside N_{c+1}: then the logit stands still
/^Theorem T1a_steps_diverge/,/^Proof/s/0 < n_out I/0 <= n_out I/
