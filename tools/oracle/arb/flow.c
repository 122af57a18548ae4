/* Checks enclosures of the reduced flow with Arb's rigorous integration.

   Reads lines "loss n k target alpha T lo hi m (in_set degree count)…", each of
   which says that mu(T) lies between the decimals lo and hi. The time at which
   the flow passes a level is

     t(mu) = integral_0^mu dm / (c (G(m) - F(m))),  c = alpha/(n sqrt(k))

   with F the mean degree under softmax(alpha (a_v + m d_v)/sqrt(k)) and G the
   degree of the target (coconut) or the mean over degree > 0 or in_set (bfs).
   [lo, hi] is right if T lies between t(lo) and t(hi). This form has the
   exponentials that the project does without. */
#include <stdio.h>
#include <string.h>
#include "acb_calc.h"

#define CLASSES 64
static int bfs, classes, in[CLASSES], degree[CLASSES], count[CLASSES], n, k, target;
static arb_t alpha;

static int integrand(acb_ptr out, const acb_t m, void *param, slong order, slong prec) {
  acb_t w, x, all, mean, some, part;
  arb_t s;
  acb_init(w), acb_init(x), acb_init(all), acb_init(mean), acb_init(some), acb_init(part), arb_init(s);
  arb_sqrt_ui(s, k, prec);
  arb_div(s, alpha, s, prec); /* alpha/sqrt(k) */
  for (int i = 0; i < classes; i++) {
    acb_mul_si(x, m, degree[i], prec);
    acb_add_si(x, x, in[i], prec);
    acb_mul_arb(x, x, s, prec);
    acb_exp(w, x, prec);
    acb_mul_si(w, w, count[i], prec);
    acb_add(all, all, w, prec);
    acb_addmul_si(mean, w, degree[i], prec);
    if (in[i] || degree[i]) {
      acb_add(some, some, w, prec);
      acb_addmul_si(part, w, degree[i], prec);
    }
  }
  acb_div(mean, mean, all, prec);
  if (bfs) acb_div(part, part, some, prec);
  else acb_set_si(part, target);
  acb_sub(part, part, mean, prec);
  arb_div_si(s, s, n, prec);
  acb_mul_arb(part, part, s, prec);
  acb_inv(out, part, prec);
  acb_clear(w), acb_clear(x), acb_clear(all), acb_clear(mean), acb_clear(some), acb_clear(part), arb_clear(s);
  return 0;
}

int main(void) {
  char loss[16], ta[64], tt[64], lo[4096], hi[4096];
  long checked = 0, escaped = 0, undecided = 0;
  acb_calc_integrate_opt_t options;
  acb_calc_integrate_opt_init(options);
  options->eval_limit = 1000; /* then undecided: some flows end very near a pole */
  arb_init(alpha);
  while (scanf("%15s %d %d %d %63s %63s %4095s %4095s %d", loss, &n, &k, &target, ta, tt, lo, hi, &classes) == 9) {
    if (classes > CLASSES) return 2;
    for (int i = 0; i < classes; i++)
      if (scanf("%d %d %d", &in[i], &degree[i], &count[i]) != 3) return 2;
    bfs = !strcmp(loss, "bfs");
    int side[2] = {0, 0};
    for (int end = 0; end < 2; end++)
      for (slong prec = 256; prec <= 512 && !side[end]; prec *= 2) {
        acb_t zero, mu, t;
        arb_t time;
        mag_t tol;
        acb_init(zero), acb_init(mu), acb_init(t), arb_init(time), mag_init(tol);
        arb_set_str(alpha, ta, prec);
        arb_set_str(time, tt, prec);
        arb_set_str(acb_realref(mu), end ? hi : lo, prec);
        mag_set_ui_2exp_si(tol, 1, 60 - prec);
        acb_calc_integrate(t, integrand, NULL, zero, mu, prec - 60, tol, options, prec);
        arb_sub(time, time, acb_realref(t), prec);
        if (arb_is_finite(time)) side[end] = arb_is_positive(time) ? 1 : arb_is_negative(time) ? -1 : 0;
        acb_clear(zero), acb_clear(mu), acb_clear(t), arb_clear(time), mag_clear(tol);
      }
    checked++;
    if (!side[0] || !side[1]) undecided++, printf("UNDECIDED %s n=%d T=%s %s %s\n", loss, n, tt, lo, hi);
    else if (side[0] == side[1]) escaped++, printf("ESCAPE %s n=%d T=%s %s %s\n", loss, n, tt, lo, hi);
  }
  printf("checked %ld flows, escaped %ld, undecided %ld, with Arb %s\n", checked, escaped, undecided, arb_version);
  return escaped > 0;
}
