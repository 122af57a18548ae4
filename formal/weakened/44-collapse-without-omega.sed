# file: CarryOverEnds.v
# refused in: carry_over_collapse_log
# mu ~ log t/(alpha s d_N): the growth of omega left out
/^Theorem carry_over_collapse_log/,/^Proof/s/\(k \* \(d_known I \+ \/ \(r \* d_known I\)\)\)/(k * d_known I)/
