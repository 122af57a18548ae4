/* Equilibrium by Newton's method in MPFR, precision doubled with the correct digits: the positive root of R(y) = sum W_d (d*-d) y^d, mu* = log(y)/s.
   usage: newton A|B digits [reps] */
#include <stdio.h>
#include <math.h>
#include <mpfr.h>
#include "inst.h"
#define R MPFR_RNDN
int main(int c,char**v){
  const inst_t*I=v[1][0]=='A'?&INST_A:&INST_B; int dig=atoi(v[2]),reps=c>3?atoi(v[3]):1; double best=1e99;
  long goal=(long)(dig*3.3219281)+32; mpfr_t mu; mpfr_init2(mu,goal);
  int dm=0; for(int j=0;j<I->nc;j++) if(I->cl[j][1]>dm) dm=I->cl[j][1];
  for(int rep=0;rep<reps;rep++){ double t0=now();
    double s0=1/sqrt(I->K),e0=exp(s0),w0[MAXD]={0},lo=1e-6,hi=1e6;
    for(int j=0;j<I->nc;j++) w0[I->cl[j][1]]+=I->cl[j][2]*(I->cl[j][0]?e0:1);
    for(int i=0;i<200;i++){ double m=sqrt(lo*hi),f=0; for(int d=dm;d>=0;d--) f=f*m+w0[d]*(I->ds-d); if(f>0) lo=m; else hi=m; }
    long sched[64]; int ns=0; for(long q=goal;q>40;q=q/2+8) sched[ns++]=q;
    mpfr_t y,s,e,w[MAXD],f,g,t; mpfr_inits2(goal,y,s,e,f,g,t,(mpfr_ptr)0); for(int d=0;d<=dm;d++) mpfr_init2(w[d],goal);
    mpfr_set_d(y,lo,R);
    for(int i=ns-1;i>=0;i--){ long p=sched[i]; mpfr_prec_round(y,p,R); mpfr_set_prec(s,p); mpfr_set_prec(e,p); mpfr_set_prec(f,p); mpfr_set_prec(g,p); mpfr_set_prec(t,p);
      mpfr_set_ui(s,I->K,R); mpfr_rec_sqrt(s,s,R); mpfr_exp(e,s,R);
      for(int d=0;d<=dm;d++){ mpfr_set_prec(w[d],p); mpfr_set_ui(w[d],0,R); }
      for(int j=0;j<I->nc;j++){ int d=I->cl[j][1]; mpfr_set_ui(t,I->cl[j][2],R); if(I->cl[j][0]) mpfr_mul(t,t,e,R); mpfr_add(w[d],w[d],t,R); }
      mpfr_set_ui(f,0,R); mpfr_set_ui(g,0,R);
      for(int d=dm;d>=0;d--){ mpfr_mul(g,g,y,R); mpfr_add(g,g,f,R); mpfr_mul(f,f,y,R); mpfr_mul_si(t,w[d],I->ds-d,R); mpfr_add(f,f,t,R); }
      mpfr_div(f,f,g,R); mpfr_sub(y,y,f,R); }
    mpfr_log(mu,y,R); mpfr_div(mu,mu,s,R); double dt=now()-t0; if(dt<best) best=dt;
    mpfr_clears(y,s,e,f,g,t,(mpfr_ptr)0); for(int d=0;d<=dm;d++) mpfr_clear(w[d]); }
  printf("%.7f ",best); mpfr_out_str(stdout,10,dig,mu,R); printf("\n");
}
