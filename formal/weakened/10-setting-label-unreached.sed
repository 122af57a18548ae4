# file: Bounded.v
# refused in: T1b_setting
# d_star = 0 admitted: then mu -> -oo although d_star < d_max
/^Theorem T1b_setting/,/^Proof/s/0 < d_star/0 <= d_star/
