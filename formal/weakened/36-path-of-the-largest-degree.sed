# file: CarryOverLater.v
# refused in: carry_over_path
# d_max in place of the mean in-degree within N_c
/^Theorem carry_over_path/,/^Proof/s/F_N I mu0/d_max I/
