# file: Superposition.v
# refused in: T2
# mu = 0 admitted: the thought does not grow
/^Theorem T2 /,/^Proof/s/0 < mu/0 <= mu/
