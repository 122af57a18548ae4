(* Theorem 3, consequences: speed of the logits, unseen instances, thoughts of norm at most 1,
   uniform weights. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Prediction.
Import ListNotations.
Open Scope R_scope.

Section Trained.
Variables (others : list nat) (lambda : nat -> R) (lambda_star rate_A rate_R M : R) (top : nat).
Variables (mu_A mu_R : R -> R).
Hypothesis lambda_star_pos : 0 < lambda_star.
Hypothesis lambda_nonneg : forall v, In v others -> 0 <= lambda v.
Hypothesis rate_A_pos : 0 < rate_A.
Hypothesis rate_R_pos : 0 < rate_R.
Hypothesis flow : prediction_flow others lambda lambda_star rate_A rate_R mu_A mu_R.
Hypothesis M_pos : 0 < M.                       (* M = max of lambda_v over v <> c* *)
Hypothesis top_other : In top others.
Hypothesis top_weight : lambda top = M.
Hypothesis M_largest : forall v, In v others -> lambda v <= M.
Hypothesis rates : rate_A * M * lambda_star <= rate_R.

Let gap := T3_gap others lambda lambda_star lambda_star_pos lambda_nonneg rate_A rate_R mu_A mu_R
             rate_A_pos rate_R_pos flow M top M_pos top_other top_weight M_largest rates.
Let carry := T3_carry_diverges others lambda lambda_star lambda_star_pos lambda_nonneg rate_A rate_R
             mu_A mu_R rate_A_pos rate_R_pos flow M top M_pos top_other top_weight M_largest rates.
Let velocity := T3_velocity others lambda lambda_star lambda_star_pos lambda_nonneg rate_A rate_R
             mu_A mu_R rate_A_pos rate_R_pos flow M top top_other top_weight M_largest.

(* Theorem 3, speed:  mu_R ~ (M/lambda* ) log t,  mu_A ~ log t / lambda*. *)
Theorem T3_log :
  is_lim (fun t => mu_R t / ln t) p_infty (/ (lambda_star / M)) /\
  is_lim (fun t => mu_A t / ln t) p_infty (/ lambda_star).
Proof.
  destruct gap as [lo [hi Hg]], velocity as [c1 [c2 [P1 [P2 Hv]]]].
  set (p := lambda_star / M). assert (Pp : 0 < p) by now apply Rdiv_lt_0_compat.
  set (Q := Rabs (p - 1) * Rmax (Rabs lo) (Rabs hi)).
  assert (Near : forall t, 0 <= t -> Rabs ((p - 1) * (mu_R t - M * mu_A t)) <= Q).
  { intros t Ht. rewrite Rabs_mult. apply Rmult_le_compat_l; [apply Rabs_pos |].
    specialize (Hg t Ht). assert (B1 := Rmax_l (Rabs lo) (Rabs hi)). assert (B2 := Rmax_r (Rabs lo) (Rabs hi)).
    assert (C1 := Rle_abs (- lo)). rewrite Rabs_Ropp in C1. assert (C2 := Rle_abs hi).
    apply Rabs_le. lra. }
  assert (E := evolves_exp _ _ (evolves_scal p _ _ (proj2 flow))).
  assert (Id : forall t, exp (p * mu_R t) * exp ((M - lambda_star) * mu_A t - mu_R t)
                         = exp ((p - 1) * (mu_R t - M * mu_A t))).
  { intros t. rewrite <- exp_plus. f_equal. unfold p. field. lra. }
  assert (Lo : forall t, 0 <= t -> exp (p * mu_R 0) + p * c1 * exp (- Q) * t <= exp (p * mu_R t)).
  { apply (grows_at_least _ _ E). intros t Ht. destruct (Hv t Ht) as [V _].
    assert (N := Near t ltac:(lra)). apply Rabs_le_between in N.
    assert (Ex : exp (- Q) <= exp ((p - 1) * (mu_R t - M * mu_A t))) by (apply exp_le; lra).
    rewrite <- Id in Ex. assert (Pe := exp_pos (p * mu_R t)).
    apply (Rmult_le_compat_l (exp (p * mu_R t) * p)) in V; [| apply Rmult_le_pos; lra].
    apply (Rmult_le_compat_l (p * c1)) in Ex; [| apply Rmult_le_pos; lra]. lra. }
  assert (Up : forall t, 0 <= t -> exp (p * mu_R t) <= exp (p * mu_R 0) + p * c2 * exp Q * t).
  { apply (grows_at_most _ _ E). intros t Ht. destruct (Hv t Ht) as [_ V].
    assert (N := Near t ltac:(lra)). apply Rabs_le_between in N.
    assert (Ex : exp ((p - 1) * (mu_R t - M * mu_A t)) <= exp Q) by (apply exp_le; lra).
    rewrite <- Id in Ex. assert (Pe := exp_pos (p * mu_R t)).
    apply (Rmult_le_compat_l (exp (p * mu_R t) * p)) in V; [| apply Rmult_le_pos; lra].
    apply (Rmult_le_compat_l (p * c2)) in Ex; [| apply Rmult_le_pos; lra]. lra. }
  set (b1 := p * c1 * exp (- Q)). set (b2 := exp (p * mu_R 0) + p * c2 * exp Q).
  assert (Hb1 : 0 < b1) by (unfold b1; apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | apply exp_pos]).
  assert (S0 := exp_pos (p * mu_R 0)).
  assert (Hq : 0 < p * c2 * exp Q) by (apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | apply exp_pos]).
  assert (Hb2 : 0 < b2) by (unfold b2; lra).
  assert (Z : forall t, 1 < t -> ln t + ln b1 <= p * mu_R t <= ln t + ln b2).
  { intros t Ht. rewrite <- 2 ln_mult by lra. rewrite <- (ln_exp (p * mu_R t)). split.
    - apply ln_le; [apply Rmult_lt_0_compat; lra |]. assert (X := Lo t ltac:(lra)). fold b1 in X. lra.
    - apply ln_le; [apply exp_pos |]. assert (X := Up t ltac:(lra)).
      assert (exp (p * mu_R 0) * 1 <= exp (p * mu_R 0) * t) by (apply Rmult_le_compat_l; lra).
      unfold b2. lra. }
  split.
  - apply (log_law_shift mu_R p (ln b1) (ln b2) Pp). intros t Ht. specialize (Z t Ht).
    assert (Pi : 0 < / p) by now apply Rinv_0_lt_compat.
    replace (mu_R t) with (/ p * (p * mu_R t)) by (field; lra).
    split; apply Rmult_le_compat_l; lra.
  - apply (log_law_shift mu_A lambda_star (ln b1 - p * hi) (ln b2 - p * lo) lambda_star_pos).
    intros t Ht. specialize (Z t Ht). specialize (Hg t ltac:(lra)).
    assert (Pi : 0 < / lambda_star) by now apply Rinv_0_lt_compat.
    replace (mu_A t) with (/ lambda_star * (p * mu_R t - p * (mu_R t - M * mu_A t)))
      by (unfold p; field; lra).
    assert (p * lo <= p * (mu_R t - M * mu_A t)) by (apply Rmult_le_compat_l; lra).
    assert (p * (mu_R t - M * mu_A t) <= p * hi) by (apply Rmult_le_compat_l; lra).
    split; apply Rmult_le_compat_l; lra.
Qed.

(* An instance that was not trained on, with the target's weight target' and another vertex's
   weight rival'.  In the limit the target leads that vertex if rival' - target' < M, and is led
   by it if rival' - target' > M; it always leads the wrong candidate if target' > 0. *)
Theorem T3_unseen_right (target' rival' : R) : rival' - target' < M ->
  is_lim (fun t => (mu_A t * target' + mu_R t) - mu_A t * rival') p_infty p_infty.
Proof.
  intros H. destruct gap as [lo [hi Hg]]. assert (L := carry). apply is_lim_spec in L.
  apply is_lim_spec. intros B.
  destruct (L ((B - lo) / (M - (rival' - target')))) as [T HT].
  exists (Rmax 0 T). intros t Ht. assert (A1 := Rmax_l 0 T). assert (A2 := Rmax_r 0 T).
  assert (Q := HT t ltac:(lra)). specialize (Hg t ltac:(lra)).
  apply (Rmult_lt_compat_r (M - (rival' - target'))) in Q; [| lra].
  unfold Rdiv in Q. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in Q by lra. lra.
Qed.

Theorem T3_unseen_wrong (target' rival' : R) : M < rival' - target' ->
  is_lim (fun t => (mu_A t * target' + mu_R t) - mu_A t * rival') p_infty m_infty.
Proof.
  intros H. destruct gap as [lo [hi Hg]]. assert (L := carry). apply is_lim_spec in L.
  apply is_lim_spec. intros B.
  destruct (L ((hi - B) / (rival' - target' - M))) as [T HT].
  exists (Rmax 0 T). intros t Ht. assert (A1 := Rmax_l 0 T). assert (A2 := Rmax_r 0 T).
  assert (Q := HT t ltac:(lra)). specialize (Hg t ltac:(lra)).
  apply (Rmult_lt_compat_r (rival' - target' - M)) in Q; [| lra].
  unfold Rdiv in Q. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in Q by lra. lra.
Qed.

Theorem T3_unseen_candidate (target' : R) : 0 < target' ->
  is_lim (fun t => (mu_A t * target' + mu_R t) - mu_R t) p_infty p_infty.
Proof.
  intros H. assert (L := carry). apply is_lim_spec in L. apply is_lim_spec. intros B.
  destruct (L (B / target')) as [T HT]. exists T. intros t Ht. assert (Q := HT t Ht).
  apply (Rmult_lt_compat_r target') in Q; [| lra].
  unfold Rdiv in Q. rewrite Rmult_assoc, Rinv_l, Rmult_1_r in Q by lra. lra.
Qed.
End Trained.

(* The hypothesis on the rates holds for thoughts of norm at most 1 and equal rates, and even when
   the candidate logit learns at half the rate of the carry-over logit. *)
Lemma unit_norm_rates (M lambda_star rate_A rate_R : R) :
  0 < M -> 0 < lambda_star -> lambda_star ^ 2 + M ^ 2 <= 1 -> 0 < rate_A -> rate_A / 2 <= rate_R ->
  rate_A * M * lambda_star <= rate_R.
Proof.
  intros HM Hl Hn HA HR. assert (Q := pow2_ge_0 (lambda_star - M)).
  assert (M * lambda_star <= / 2) by lra.
  assert (rate_A * (M * lambda_star) <= rate_A * / 2) by (apply Rmult_le_compat_l; lra). lra.
Qed.

Lemma two_weights (others : list nat) (lambda : nat -> R) (lambda_star : R) (top : nat) :
  In top others -> lambda_star ^ 2 + sum others (fun v => lambda v ^ 2) <= 1 ->
  lambda_star ^ 2 + lambda top ^ 2 <= 1.
Proof.
  intros Ht H. assert (lambda top ^ 2 <= sum others (fun v => lambda v ^ 2)); [| lra].
  apply (sum_at_least others (fun v => lambda v ^ 2)); [intros; apply pow2_ge_0 | easy].
Qed.

(* Theorem 3 for one instance: a thought of norm at most 1 that holds the target and at least one
   more vertex; equal rates, or a candidate logit that learns at half the rate at least.
   Both logits diverge and  mu_R/mu_A -> max_{v <> c*} lambda_v. *)
Theorem T3_unit_norm (others : list nat) (lambda : nat -> R) (lambda_star rate_A rate_R : R) (top : nat)
    (mu_A mu_R : R -> R) :
  0 < lambda_star -> (forall v, In v others -> 0 <= lambda v) ->
  lambda_star ^ 2 + sum others (fun v => lambda v ^ 2) <= 1 ->
  In top others -> 0 < lambda top -> (forall v, In v others -> lambda v <= lambda top) ->
  0 < rate_A -> rate_A / 2 <= rate_R ->
  prediction_flow others lambda lambda_star rate_A rate_R mu_A mu_R ->
  is_lim mu_A p_infty p_infty /\ is_lim mu_R p_infty p_infty /\
  is_lim (fun t => mu_R t / mu_A t) p_infty (lambda top).
Proof.
  intros Hs Hl Hn Ht Hp HM HA HR flow.
  assert (Rt : rate_A * lambda top * lambda_star <= rate_R).
  { apply unit_norm_rates; try easy. now apply (two_weights others lambda). }
  assert (HR' : 0 < rate_R) by lra.
  repeat split.
  - now apply (T3_carry_diverges others lambda lambda_star Hs Hl rate_A rate_R mu_A mu_R HA HR' flow (lambda top) top).
  - now apply (T3_lift_diverges others lambda lambda_star Hs Hl rate_A rate_R mu_A mu_R HA HR' flow (lambda top) top).
  - now apply (T3_direction others lambda lambda_star Hs Hl rate_A rate_R mu_A mu_R HA HR' flow (lambda top) top).
Qed.

(* Uniform weights: K - 1 others share the target's weight l and n' have weight 0.  Then
   l (e^{mu_R} + n' mu_R) - ((K - 1)/l) e^{l mu_A} - n' mu_A  is conserved (equal rates). *)
Theorem T3_conserved (inside outside : list nat) (l : R) (mu_A mu_R : R -> R) :
  0 < l -> (forall v, In v inside -> ~ In v outside) ->
  let lambda := fun v => if in_dec Nat.eq_dec v inside then l else 0 in
  let Kminus1 := INR (length inside) in
  let n' := INR (length outside) in
  prediction_flow (inside ++ outside) lambda l 1 1 mu_A mu_R ->
  let E := fun t => l * (exp (mu_R t) + n' * mu_R t) - Kminus1 / l * exp (l * mu_A t) - n' * mu_A t in
  forall t, 0 <= t -> E t = E 0.
Proof.
  intros Hl Hd lambda k n' [EA ER] E.
  assert (SumIn : forall f : R -> R, sum inside (fun v => f (lambda v)) = k * f l).
  { intros f. unfold k. rewrite <- sum_const. apply sum_ext. intros v Hv. unfold lambda.
    destruct (in_dec Nat.eq_dec v inside); [easy | contradiction]. }
  assert (SumOut : forall f : R -> R, sum outside (fun v => f (lambda v)) = n' * f 0).
  { intros f. unfold n'. rewrite <- sum_const. apply sum_ext. intros v Hv. unfold lambda.
    destruct (in_dec Nat.eq_dec v inside) as [i | _]; [now apply Hd in i | easy]. }
  assert (EE := evolves_minus _ _ _ _
    (evolves_minus _ _ _ _
      (evolves_scal l _ _ (evolves_plus _ _ _ _ (evolves_exp _ _ ER) (evolves_scal n' _ _ ER)))
      (evolves_scal (k / l) _ _ (evolves_exp _ _ (evolves_scal l _ _ EA))))
    (evolves_scal n' _ _ EA)).
  apply (stands_still _ _ EE). intros t _. cbv beta. rewrite !Rmult_1_l.
  rewrite velocity_R, velocity_A.
  rewrite 2 sum_app.
  rewrite (SumIn (fun x => exp (mu_A t * x))), (SumOut (fun x => exp (mu_A t * x))).
  rewrite (SumIn (fun x => (l - x) * exp (mu_A t * x))), (SumOut (fun x => (l - x) * exp (mu_A t * x))).
  rewrite Rmult_0_r, exp_0. replace (mu_A t * l) with (l * mu_A t) by ring.
  assert (P := Z3_pos (inside ++ outside) lambda l (mu_A t) (mu_R t)).
  field. split; lra.
Qed.
