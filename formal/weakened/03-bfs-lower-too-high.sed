# file: DivergesBfs.v
# refused in: pace_low
# b_lo with d_max in place of F_in
/^Definition b_lo/,/\.$/s/F_in I mu0/d_max I/
