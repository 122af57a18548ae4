# file: CarryOverLater.v
# refused in: carry_over_lower
# D without 1/(r F_N): the growth of omega left out
/^Theorem carry_over_lower/,/^Proof/s/d I v \+ \/ \(r \* F_N I mu0\) <= D/d I v <= D/
