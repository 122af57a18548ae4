# file: DivergesBfs.v
# refused in: T1a_start
# b_hi from 0, whatever the start
/^Theorem T1a_start/,/^Proof/s/b_hi I \/ exp \(k \* d_max I \* mu 0\)/b_hi I/
