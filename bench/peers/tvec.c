/* Adaptive Taylor, plain MPFR, single thread, of ten unknowns: the gradient flow of the logits of a softmax
   z_i' = q_i − e^{z_i}/Σ_j e^{z_j},  q_i = (i+1)/55,  z(0) = 0
   usage: tvec digits T [reps=1] */
#include <stdio.h>
#include <math.h>
#include <mpfr.h>
#include "inst.h"
#define R MPFR_RNDN
#define M 10
static double lg2(mpfr_t x){ if(mpfr_zero_p(x))return -1e9; long e; double d=mpfr_get_d_2exp(&e,x,R); return e+log2(fabs(d)); }
int main(int c,char**v){
  int dig=atoi(v[1]); double T=atof(v[2]); int reps=c>3?atoi(v[3]):1;
  int N=(int)(1.1*dig)+10; long p=(long)(dig*3.3219281)+24; double ltol=-(dig+2)*3.3219281;
  long*pk=malloc((N+2)*sizeof(long)); for(int k=0;k<=N;k++){ pk[k]=p-(long)((double)(p-24)*k/N); pk[k]=((pk[k]+63)/64)*64; }
  mpfr_t *z[M],*w[M],*e[M],*q[M],*s; /* w: k z_k */ 
  #define NEWS(a) a=malloc((N+1)*sizeof(mpfr_t));for(int k=0;k<=N;k++)mpfr_init2(a[k],pk[k])
  for(int i=0;i<M;i++){NEWS(z[i]);NEWS(w[i]);NEWS(e[i]);NEWS(q[i]);} NEWS(s);
  mpfr_t tmp,acc,h,t,inv; mpfr_inits2(p,tmp,acc,h,t,inv,(mpfr_ptr)0);
  double best=1e99; long steps=0;
  for(int rep=0;rep<reps;rep++){ double t0=now(); steps=0;
    mpfr_set_ui(t,0,R); for(int i=0;i<M;i++)mpfr_set_ui(z[i][0],0,R);
    for(int done=0;!done;){
      for(int k=0;k<N;k++){ mpfr_set_prec(tmp,pk[k]);mpfr_set_prec(acc,pk[k]);
        mpfr_set_ui(s[k],0,R);
        for(int i=0;i<M;i++){ 
          if(!k) mpfr_exp(e[i][0],z[i][0],R);
          else { mpfr_set_ui(acc,0,R);
            for(int j=1;j<=k;j++){ mpfr_mul(tmp,w[i][j],e[i][k-j],R); mpfr_add(acc,acc,tmp,R); }
            mpfr_div_ui(e[i][k],acc,k,R); }
          mpfr_add(s[k],s[k],e[i][k],R); }
        if(!k) mpfr_ui_div(inv,1,s[0],R);
        for(int i=0;i<M;i++){
          mpfr_set(acc,e[i][k],R);
          for(int j=1;j<=k;j++){ mpfr_mul(tmp,s[j],q[i][k-j],R); mpfr_sub(acc,acc,tmp,R); }
          mpfr_mul(q[i][k],acc,inv,R);
          if(!k){ mpfr_set_ui(acc,i+1,R); mpfr_div_ui(acc,acc,55,R); mpfr_sub(acc,acc,q[i][0],R); } else mpfr_neg(acc,q[i][k],R);
          mpfr_set(w[i][k+1],acc,R); mpfr_div_ui(z[i][k+1],acc,k+1,R); }
      }
      double lh=1e99; /* relative to the change within the step where the value is near 0 */
      for(int i=0;i<M;i++) for(int k=N-1;k<=N;k++){ double b=-1e99; for(int j=0;j<=2;j++){ double x=(ltol+lg2(z[i][j])-lg2(z[i][k]))/(k-j); if(x>b)b=x; } if(b<lh)lh=b; }
      double hd=exp2(lh)*exp(-0.7/(N-1)); steps++;
      mpfr_set_prec(tmp,p); mpfr_set_d(tmp,T,R); mpfr_sub(tmp,tmp,t,R);
      if(mpfr_cmp_d(tmp,hd)<=0){mpfr_set(h,tmp,R);done=1;} else mpfr_set_d(h,hd,R);
      mpfr_add(t,t,h,R);
      for(int i=0;i<M;i++){ mpfr_set_prec(acc,pk[N]);mpfr_set(acc,z[i][N],R);
        for(int k=N-1;k>=0;k--){ mpfr_prec_round(acc,pk[k],R); mpfr_mul(acc,acc,h,R);mpfr_add(acc,acc,z[i][k],R);}
        mpfr_set(z[i][0],acc,R); }
    }
    double dt=now()-t0; if(dt<best)best=dt;
  }
  printf("%.6f %d %ld ",best,N,steps); mpfr_printf("%.*RNf %.*RNf\n",dig+4,z[0][0],dig+4,z[M-1][0]);
}
