(* Theorem 3 as the paper needs it: thoughts of norm at most 1, equal rates; and uniform weights. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Prediction.
Import ListNotations.
Open Scope R_scope.

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
   more vertex; equal rates.  Both logits diverge and  mu_R/mu_A -> max_{v <> c*} lambda_v. *)
Theorem T3_unit_norm (others : list nat) (lambda : nat -> R) (lambda_star : R) (top : nat)
    (mu_A mu_R : R -> R) :
  0 < lambda_star -> (forall v, In v others -> 0 <= lambda v) ->
  lambda_star ^ 2 + sum others (fun v => lambda v ^ 2) <= 1 ->
  In top others -> 0 < lambda top -> (forall v, In v others -> lambda v <= lambda top) ->
  prediction_flow others lambda lambda_star 1 1 mu_A mu_R ->
  is_lim mu_A p_infty p_infty /\ is_lim mu_R p_infty p_infty /\
  is_lim (fun t => mu_R t / mu_A t) p_infty (lambda top).
Proof.
  intros Hs Hl Hn Ht Hp HM flow.
  assert (Rt : 1 * lambda top * lambda_star <= 1).
  { apply unit_norm_rates; try easy; try lra. now apply (two_weights others lambda). }
  assert (O1 : 0 < 1) by lra.
  repeat split.
  - now apply (T3_carry_diverges others lambda lambda_star Hs Hl 1 1 mu_A mu_R O1 O1 flow (lambda top) top).
  - now apply (T3_lift_diverges others lambda lambda_star Hs Hl 1 1 mu_A mu_R O1 O1 flow (lambda top) top).
  - now apply (T3_direction others lambda lambda_star Hs Hl 1 1 mu_A mu_R O1 O1 flow (lambda top) top).
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
