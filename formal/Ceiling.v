(* Theorem 1(b), two more parts: the explicit ceiling of mu_star, and a positive rate. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model Velocity Bounded DivergesBfs.
Import ListNotations.
Open Scope R_scope.

(* sum over the vertices with d_v < d_star of (d_star - d_v) exp(alpha s a_v)
   = sum_{d < d_star} (d_star - d) W_d *)
Definition below (I : thought) (d_star : R) : R :=
  sum (V I) (fun v => Rmax 0 (d_star - d I v) * exp (alpha I * s I * a I v)).

Section Ceiling.
Variables (I : thought) (d_star mu_star : R).
Hypothesis E : equilibrium I d_star mu_star.
Notation k := (alpha I * s I).

(* At the equilibrium  sum_v (d_star - d_v) exp(xi_v) = 0. *)
Lemma balance : sum (V I) (fun v => (d_star - d I v) * exp (xi I mu_star v)) = 0.
Proof.
  assert (P := Z_pos I mu_star). unfold equilibrium, F, mean in E. fold (Z I mu_star) in E.
  rewrite (sum_ext _ _ (fun v => d_star * exp (xi I mu_star v) - d I v * exp (xi I mu_star v)))
    by (intros; ring).
  rewrite sum_minus, sum_scal. fold (partition (V I) (xi I mu_star)). fold (Z I mu_star).
  replace (sum (V I) (fun v => d I v * exp (xi I mu_star v))) with (d_star * Z I mu_star); [ring |].
  rewrite <- E. field. lra.
Qed.

(* With D the largest in-degree below d_star (or any number between), for mu_star >= 0:
   (d_max - d_star) W_{d_max} exp(alpha s (d_max - D) mu_star) <= sum_{d < d_star} (d_star - d) W_d *)
Lemma ceiling_power (D : R) :
  0 <= mu_star -> d_star <= d_max I ->
  (forall v, In v (V I) -> d I v < d_star -> d I v <= D) ->
  (d_max I - d_star) * W I (d_max I) * exp (k * (d_max I - D) * mu_star) <= below I d_star.
Proof.
  intros Hm Hd HD. assert (Hk := alpha_s_pos I). assert (B := balance).
  assert (Q := exp_pos (k * D * mu_star)).
  apply Rmult_le_reg_r with (exp (k * D * mu_star)); [easy |].
  rewrite Rmult_assoc, <- exp_plus.
  replace (k * (d_max I - D) * mu_star + k * D * mu_star) with (k * d_max I * mu_star) by ring.
  set (up := sum (V I) (fun v => Rmax 0 (d I v - d_star) * exp (xi I mu_star v))).
  set (dn := sum (V I) (fun v => Rmax 0 (d_star - d I v) * exp (xi I mu_star v))).
  assert (Eq : dn - up = 0).
  { rewrite <- B. unfold dn, up. rewrite <- sum_minus. apply sum_ext. intros v _.
    rewrite <- Rmult_minus_distr_r. f_equal. unfold Rmax.
    destruct (Rle_dec 0 (d_star - d I v)), (Rle_dec 0 (d I v - d_star)); lra. }
  apply Rle_trans with up.
  - unfold up, W. rewrite Rmult_assoc, <- sum_scal_r, <- sum_scal. apply sum_le. intros v Hv.
    destruct (Req_EM_T (d I v) (d_max I)) as [Ev | _].
    + rewrite Rmult_1_l, <- exp_plus, Rmax_right by lra. rewrite Ev. right. f_equal. f_equal.
      unfold xi. rewrite Ev. ring.
    + rewrite 2 Rmult_0_l, Rmult_0_r. apply Rmult_le_pos; [apply Rmax_l | left; apply exp_pos].
  - replace up with dn by lra. unfold dn, below. rewrite <- sum_scal_r. apply sum_le. intros v Hv.
    rewrite Rmult_assoc, <- exp_plus.
    destruct (Rlt_or_le (d I v) d_star) as [L | L].
    + apply Rmult_le_compat_l; [apply Rmax_l |]. apply exp_le. unfold xi.
      assert (H := HD v Hv L). assert (k * mu_star * (D - d I v) >= 0); [| lra].
      apply Rle_ge, Rmult_le_pos; [apply Rmult_le_pos |]; lra.
    + rewrite Rmax_left by lra. lra.
Qed.

(* Theorem 1(b), ceiling, for any law of the label.  D is any number below d_max such that no
   in-degree lies strictly between D and d_star; for whole in-degrees D = ceil(d_star) - 1 serves:
   mu_star <= 1/(alpha s (d_max - D)) log+( sum_{d<d_star} (d_star - d) W_d / ((d_max - d_star) W_{d_max}) ) *)
Theorem T1b_ceiling_law (D : R) :
  d_star < d_max I -> D < d_max I ->
  (forall v, In v (V I) -> d I v < d_star -> d I v <= D) ->
  mu_star <= / (k * (d_max I - D)) *
             Rmax 0 (ln (below I d_star / ((d_max I - d_star) * W I (d_max I)))).
Proof.
  intros Hd HDm HD. assert (Hk := alpha_s_pos I). assert (W0 := W_top_pos I).
  assert (P : 0 < k * (d_max I - D)) by (apply Rmult_lt_0_compat; lra).
  assert (M := Rmax_l 0 (ln (below I d_star / ((d_max I - d_star) * W I (d_max I))))).
  assert (M' := Rmax_r 0 (ln (below I d_star / ((d_max I - d_star) * W I (d_max I))))).
  apply Rmult_le_reg_l with (k * (d_max I - D)); [easy |].
  rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
  destruct (Rlt_or_le mu_star 0) as [Hm | Hm].
  - assert (k * (d_max I - D) * mu_star <= 0) by nra. lra.
  - apply Rle_trans with (2 := M').
    assert (X := ceiling_power D Hm ltac:(lra) HD).
    assert (Q : 0 < (d_max I - d_star) * W I (d_max I)) by (apply Rmult_lt_0_compat; lra).
    rewrite <- (ln_exp (k * (d_max I - D) * mu_star)). apply ln_le; [apply exp_pos |].
    apply Rmult_le_reg_l with ((d_max I - d_star) * W I (d_max I)); [easy |].
    replace ((d_max I - d_star) * W I (d_max I) *
             (below I d_star / ((d_max I - d_star) * W I (d_max I)))) with (below I d_star)
      by (field; lra).
    exact X.
Qed.
End Ceiling.

(* Theorem 1(b), ceiling, for a labelled vertex of in-degree d_star = m, a natural number:
   mu_star <= 1/(alpha s (d_max - d_star + 1)) log+( sum_{d<d_star} (d_star - d) W_d / ((d_max - d_star) W_{d_max}) ) *)
Theorem T1b_ceiling (I : instance) (m : nat) (mu_star : R) :
  equilibrium I (INR m) mu_star -> INR m < d_max I ->
  mu_star <= / (alpha I * s I * (d_max I - INR m + 1)) *
             Rmax 0 (ln (below I (INR m) / ((d_max I - INR m) * W I (d_max I)))).
Proof.
  intros E H. replace (d_max I - INR m + 1) with (d_max I - (INR m - 1)) by ring.
  apply T1b_ceiling_law; [easy | easy | lra |].
  intros v _ Hv. rewrite uniform_d in *. apply INR_lt in Hv.
  replace (INR m - 1) with (INR (m - 1)) by (rewrite minus_INR; [simpl; lra | lia]).
  apply le_INR. lia.
Qed.

(* The weaker ceiling with  d_star sum_{d < d_star} W_d  in place of the weighted sum. *)
Lemma below_coarse (I : thought) (d_star : R) : 0 <= d_star ->
  below I d_star <= d_star * sum (V I) (fun v => (if Rlt_dec (d I v) d_star then 1 else 0)
                                              * exp (alpha I * s I * a I v)).
Proof.
  intros H. unfold below. rewrite <- sum_scal. apply sum_le. intros v _.
  rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [left; apply exp_pos |].
  assert (X := d_nonneg I v). unfold Rmax.
  destruct (Rlt_dec (d I v) d_star), (Rle_dec 0 (d_star - d I v)); lra.
Qed.

Theorem T1b_ceiling_coarse (I : instance) (m : nat) (mu_star : R) :
  equilibrium I (INR m) mu_star -> INR m < d_max I ->
  mu_star <= / (alpha I * s I * (d_max I - INR m + 1)) *
             Rmax 0 (ln (INR m * sum (V I) (fun v => (if Rlt_dec (d I v) (INR m) then 1 else 0)
                                                     * exp (alpha I * s I * a I v))
                         / ((d_max I - INR m) * W I (d_max I)))).
Proof.
  intros E H. assert (C := T1b_ceiling I m mu_star E H). apply Rle_trans with (1 := C).
  assert (Hk := alpha_s_pos I). assert (W0 := W_top_pos I).
  assert (Q : 0 < (d_max I - INR m) * W I (d_max I)) by (apply Rmult_lt_0_compat; lra).
  apply Rmult_le_compat_l.
  { left. apply Rinv_0_lt_compat, Rmult_lt_0_compat; lra. }
  apply Rle_max_compat_l, ln_le.
  - apply Rdiv_lt_0_compat; [| easy].
    destruct (d_min_attained I) as [w [Hw Ew]].
    assert (Hm : d_min I < INR m).
    { unfold equilibrium in E. assert (A := F_at_most I mu_star). assert (A' := d_min_le_max I).
      destruct (Rle_lt_or_eq_dec _ _ A') as [L | L].
      - rewrite <- E. now apply F_above.
      - assert (B := F_at_least I mu_star). lra. }
    apply (sum_pos _ _ w); [| easy |].
    + intros v _. apply Rmult_le_pos; [apply Rmax_l | left; apply exp_pos].
    + rewrite Rmax_right by lra. apply Rmult_lt_0_compat; [lra | apply exp_pos].
  - unfold Rdiv. apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat |].
    apply below_coarse, pos_INR.
Qed.

(* Var is continuous, so it has a positive least value between two points. *)
Lemma Var_continuous (I : thought) : continuity (Var I).
Proof.
  assert (X : forall m, ex_derive (fun y => mean (V I) (xi I y) (fun v => d I v * d I v)
                                       - F I y * F I y) m).
  { intros m. apply (ex_derive_minus (V := R_NormedModule)).
    - eexists. apply (is_derive_mean (V I) (V_inhabited I) (xi I) (fun v => alpha I * s I * d I v) m
                 (fun v _ => is_derive_xi I m v)).
    - apply ex_derive_mult; eexists; apply is_derive_F. }
  intros m. apply continuity_pt_filterlim.
  apply (continuous_ext (fun y => mean (V I) (xi I y) (fun v => d I v * d I v) - F I y * F I y)).
  - intros y. unfold Var, F. rewrite (variance_moments _ (V_inhabited I)). easy.
  - apply (ex_derive_continuous (V := R_NormedModule)), X.
Qed.

(* Theorem 1(b), rate: the convergence is exponential, with the rate kappa v, where v > 0 is a
   lower bound of Var between start and equilibrium. *)
Theorem T1b_rate_positive (I : thought) (d_star mu_star : R) (mu : R -> R) :
  coconut_flow I d_star mu -> d_min I < d_max I -> equilibrium I d_star mu_star ->
  exists v, 0 < v /\ (forall x, Rmin (mu 0) mu_star <= x <= Rmax (mu 0) mu_star -> v <= Var I x) /\
  forall t, 0 <= t -> Rabs (mu t - mu_star) <= Rabs (mu 0 - mu_star) * exp (- (kappa I * v) * t).
Proof.
  intros flow H E.
  destruct (continuity_ab_min (Var I) (Rmin (mu 0) mu_star) (Rmax (mu 0) mu_star)) as [z [Hz _]].
  - apply Rle_trans with (mu 0); [apply Rmin_l | apply Rmax_l].
  - intros x _. apply Var_continuous.
  - exists (Var I z). split; [now apply Var_pos |]. split; [easy |].
    now apply (T1b_rate I d_star mu flow).
Qed.

(* The flow is autonomous: it may be watched from any time on. *)
Lemma evolves_later f f' T : evolves f f' -> 0 < T ->
  evolves (fun t => f (T + t)) (fun t => f' (T + t)).
Proof.
  intros [D _] HT.
  assert (S : forall t, 0 <= t -> is_derive (fun t => f (T + t)) t (f' (T + t))).
  { intros t Ht. replace (f' (T + t)) with (1 * f' (T + t)) by ring.
    apply (is_derive_comp (V := R_NormedModule) f (fun t => T + t)); [apply D; lra |].
    auto_derive; [easy | ring]. }
  split; [intros t Ht; apply S; lra |].
  assert (C : continuous (fun t => f (T + t)) 0).
  { apply (ex_derive_continuous (V := R_NormedModule)). eexists. apply S. lra. }
  intros P HP. destruct (C P HP) as [eps He]. exists eps. intros y Hy _. now apply He.
Qed.

(* Theorem 1(b), asymptotic rate: every rate below kappa Var(mu_star) is reached in the end. *)
Theorem T1b_rate_asymptotic (I : thought) (d_star mu_star v : R) (mu : R -> R) :
  coconut_flow I d_star mu -> d_min I < d_star < d_max I -> equilibrium I d_star mu_star ->
  v < Var I mu_star ->
  exists B, forall t, 0 <= t -> Rabs (mu t - mu_star) <= B * exp (- (kappa I * v) * t).
Proof.
  intros flow H E Hv.
  assert (L := T1b_converges I d_star mu flow mu_star H E). apply is_lim_spec in L.
  assert (CV := Var_continuous I mu_star). apply continuity_pt_filterlim in CV.
  assert (Hgap : 0 < Var I mu_star - v) by lra.
  destruct (CV (ball (Var I mu_star) (mkposreal _ Hgap))) as [del Hd].
  { apply locally_ball. }
  destruct (L del) as [T0 HT0]. set (T := Rmax 0 T0 + 1).
  assert (A1 := Rmax_l 0 T0). assert (A2 := Rmax_r 0 T0).
  assert (HT : 0 < T) by (unfold T; lra).
  assert (Near : Rabs (mu T - mu_star) < del) by (apply HT0; unfold T; lra).
  assert (flow' : coconut_flow I d_star (fun t => mu (T + t))) by exact (evolves_later _ _ T flow HT).
  assert (R0 := T1b_rate I d_star _ flow' mu_star v E).
  assert (K0 := kappa_pos I).
  assert (Start : Rabs (mu T - mu_star) <= Rabs (mu 0 - mu_star)).
  { apply between_near.
    apply (stays_between _ _ (is_derive_velocity I d_star) _ (slope_range I) mu flow mu_star); [| lra].
    now apply velocity_zero. }
  set (B := Rabs (mu 0 - mu_star) * exp (kappa I * Rabs v * T)). exists B. intros t Ht.
  assert (P := Rabs_pos (mu 0 - mu_star)). assert (Q := Rle_abs v). assert (Q' := Rle_abs (- v)).
  rewrite Rabs_Ropp in Q'.
  destruct (Rle_or_lt t T) as [Hle | Hlt].
  - apply Rle_trans with (Rabs (mu 0 - mu_star)).
    + apply between_near.
      apply (stays_between _ _ (is_derive_velocity I d_star) _ (slope_range I) mu flow mu_star); [| easy].
      now apply velocity_zero.
    + unfold B. rewrite Rmult_assoc, <- exp_plus. rewrite <- (Rmult_1_r (Rabs (mu 0 - mu_star))) at 1.
      apply Rmult_le_compat_l; [easy |]. rewrite <- exp_0. apply exp_le.
      assert (0 <= kappa I * ((Rabs v - v) * t)) by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]).
      assert (0 <= kappa I * (Rabs v * (T - t)))
        by (apply Rmult_le_pos; [lra | apply Rmult_le_pos; [apply Rabs_pos | lra]]).
      lra.
  - assert (X : Rabs (mu (T + (t - T)) - mu_star) <=
                Rabs (mu (T + 0) - mu_star) * exp (- (kappa I * v) * (t - T))).
    { apply R0; [| lra]. intros x Hx. rewrite Rplus_0_r in Hx. apply between_near in Hx.
      assert (Y : ball (Var I mu_star) (mkposreal _ Hgap) (Var I x)).
      { apply Hd. change (Rabs (x - mu_star) < del). lra. }
      change (Rabs (Var I x - Var I mu_star) < Var I mu_star - v) in Y.
      apply Rabs_def2 in Y. lra. }
    replace (T + (t - T)) with t in X by ring. rewrite Rplus_0_r in X.
    apply Rle_trans with (1 := X). unfold B. rewrite Rmult_assoc, <- exp_plus.
    apply Rmult_le_compat; [apply Rabs_pos | left; apply exp_pos | easy |].
    apply exp_le. assert (0 <= kappa I * ((Rabs v - v) * T)); [| lra].
    apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra].
Qed.
