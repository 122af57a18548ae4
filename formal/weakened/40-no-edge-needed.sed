# file: DivergesBfs.v
# refused in: T1a_no_edge
# an edge that leaves N_c
/^Theorem T1a_no_edge/,/^Proof/s/~ edge_leaves I/edge_leaves I/
