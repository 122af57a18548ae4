/* Checks enclosures with Arb (F. Johansson, https://arblib.org).

   Reads lines "op bits a b lo hi" with exact numbers man*2^exp written as
   hexadecimal man, 'p', decimal exp, where b is another argument or an integer
   or "-". Each says that op(a, b) lies in [lo, hi]. Prints every line whose
   interval misses the value, then "checked N escaped M undecided U". With the
   argument "values" it prints instead, for every line, op bits a b and the ends
   of a narrow enclosure of the value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arb.h"

static int read_arf(arf_t x, char *s) {
  char *p = strchr(s, 'p');
  fmpz_t man, exp;
  int ok = p != NULL;
  if (!ok) return 0;
  *p = 0;
  fmpz_init(man), fmpz_init(exp);
  ok = fmpz_set_str(man, s, 16) == 0 && fmpz_set_str(exp, p + 1, 10) == 0;
  arf_set_fmpz_2exp(x, man, exp);
  fmpz_clear(man), fmpz_clear(exp);
  *p = 'p';
  return ok;
}

static void write_arf(const arf_t x) {
  fmpz_t man, exp;
  fmpz_init(man), fmpz_init(exp);
  arf_get_fmpz_2exp(man, exp, x);
  char *m = fmpz_get_str(NULL, 16, man), *e = fmpz_get_str(NULL, 10, exp);
  printf(" %sp%s", m, e);
  flint_free(m), flint_free(e);
  fmpz_clear(man), fmpz_clear(exp);
}

static int apply(arb_t z, const char *op, const arb_t a, const arb_t b, slong n, slong prec) {
  if (!strcmp(op, "add")) arb_add(z, a, b, prec);
  else if (!strcmp(op, "sub")) arb_sub(z, a, b, prec);
  else if (!strcmp(op, "mul")) arb_mul(z, a, b, prec);
  else if (!strcmp(op, "quo")) arb_div(z, a, b, prec);
  else if (!strcmp(op, "sqrt")) arb_sqrt(z, a, prec);
  else if (!strcmp(op, "exp")) arb_exp(z, a, prec);
  else if (!strcmp(op, "log")) arb_log(z, a, prec);
  else if (!strcmp(op, "log1p")) arb_log1p(z, a, prec);
  else if (!strcmp(op, "pow")) {
    fmpz_t k;
    fmpz_init_set_si(k, n);
    arb_pow_fmpz(z, a, k, prec);
    fmpz_clear(k);
  } else return 0;
  return 1;
}

int main(int argc, char **argv) {
  int values = argc > 1 && !strcmp(argv[1], "values");
  size_t size = 0;
  char *line = NULL;
  long checked = 0, escaped = 0, undecided = 0;
  arf_t a, b, lo, hi, x, y;
  arb_t u, v, z;
  arf_init(a), arf_init(b), arf_init(lo), arf_init(hi), arf_init(x), arf_init(y);
  arb_init(u), arb_init(v), arb_init(z);
  while (getline(&line, &size, stdin) > 0) {
    char *copy = strdup(line);
    char *op = strtok(line, " \n"), *bits = strtok(NULL, " \n"), *sa = strtok(NULL, " \n"), *sb = strtok(NULL, " \n");
    char *slo = strtok(NULL, " \n"), *shi = strtok(NULL, " \n");
    if (!shi || !read_arf(a, sa) || (sb[0] != '-' || sb[1]) && strcmp(op, "pow") && !read_arf(b, sb) || !read_arf(lo, slo) || !read_arf(hi, shi)) {
      fprintf(stderr, "cannot read: %s", copy);
      return 2;
    }
    arb_set_arf(u, a), arb_set_arf(v, b);
    slong p = atol(bits), n = strcmp(op, "pow") ? 0 : atol(sb), prec;
    int state = -1; /* 1 inside, 0 outside */
    for (prec = 2 * p + 128; prec < 400000 && state < 0; prec *= 4) {
      if (!apply(z, op, u, v, n, prec)) {
        fprintf(stderr, "no operation %s\n", op);
        return 2;
      }
      if (!arb_is_finite(z)) continue;
      arb_get_lbound_arf(x, z, prec + 64);
      arb_get_ubound_arf(y, z, prec + 64);
      if (values) break;
      if (arf_cmp(lo, x) <= 0 && arf_cmp(y, hi) <= 0) state = 1;
      else if (arf_cmp(y, lo) < 0 || arf_cmp(hi, x) < 0) state = 0;
    }
    if (values) {
      printf("%s %s %s %s", op, bits, sa, sb);
      write_arf(x), write_arf(y);
      printf("\n");
    } else if (state == 0) escaped++, printf("ESCAPE %s", copy);
    else if (state < 0) undecided++, printf("UNDECIDED %s", copy);
    checked++;
    free(copy);
  }
  if (!values) printf("checked %ld escaped %ld undecided %ld with Arb %s\n", checked, escaped, undecided, arb_version);
  return escaped > 0;
}
