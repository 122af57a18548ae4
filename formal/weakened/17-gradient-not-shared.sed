# file: Reduced.v
# refused in: L1
# the factor 1/n left out
/^Theorem L1 /,/^Proof/s/n I \* sqrt/sqrt/
