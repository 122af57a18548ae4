# file: DivergesBfs.v
# refused in: pace_high
# b_hi with d_max in place of d_max^2
/^Definition b_hi/,/\.$/s/d_max I \^ 2/d_max I/
