(* Theorem 3: the answer is read from a fixed thought by two trained logits.
   The vertices are the target c*, the wrong candidate c_, and all the others; lambda* is the
   target's weight, the wrong candidate has weight 0, and the others have weights lambda_v >= 0
   (0 outside N_C).  With the carry-over logit mu_A and the candidate lift mu_R
     xi_{c*} = mu_A lambda* + mu_R,   xi_{c_} = mu_R,   xi_v = mu_A lambda_v,
   and the loss is - log softmax(xi)_{c*} over all vertices. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Barrier.
Import ListNotations.
Open Scope R_scope.

Section Prediction.
Variables (others : list nat) (lambda : nat -> R) (lambda_star : R).
Hypothesis lambda_star_pos : 0 < lambda_star.
Hypothesis lambda_nonneg : forall v, In v others -> 0 <= lambda v.

(* Z = sum of exp(xi) over all vertices *)
Definition Z3 (x z : R) : R :=
  exp (x * lambda_star + z) + exp z + sum others (fun v => exp (x * lambda v)).

(* E_V[lambda] and E_V[candidate], the means of the two features under the softmax *)
Definition mean_weight (x z : R) : R :=
  (lambda_star * exp (x * lambda_star + z) + sum others (fun v => lambda v * exp (x * lambda v))) / Z3 x z.
Definition mean_candidate (x z : R) : R := (exp (x * lambda_star + z) + exp z) / Z3 x z.

(* The gradient flow of - log softmax(xi)_{c*}:
   mu_A' = rate_A (lambda* - E_V[lambda]),   mu_R' = rate_R (1 - E_V[candidate]). *)
Definition prediction_flow (rate_A rate_R : R) (mu_A mu_R : R -> R) : Prop :=
  evolves mu_A (fun t => rate_A * (lambda_star - mean_weight (mu_A t) (mu_R t))) /\
  evolves mu_R (fun t => rate_R * (1 - mean_candidate (mu_A t) (mu_R t))).

Lemma Z3_pos x z : 0 < Z3 x z.
Proof.
  assert (A := exp_pos (x * lambda_star + z)). assert (B := exp_pos z).
  assert (0 <= sum others (fun v => exp (x * lambda v))) by (apply sum_nonneg; intros; left; apply exp_pos).
  unfold Z3. lra.
Qed.

Lemma velocity_A x z : lambda_star - mean_weight x z =
  (lambda_star * exp z + sum others (fun v => (lambda_star - lambda v) * exp (x * lambda v))) / Z3 x z.
Proof.
  assert (P := Z3_pos x z).
  rewrite (sum_ext others _ (fun v => lambda_star * exp (x * lambda v) - lambda v * exp (x * lambda v)))
    by (intros; ring).
  rewrite sum_minus, sum_scal. unfold mean_weight. apply Rmult_eq_reg_r with (Z3 x z); [| lra].
  unfold Rdiv. rewrite Rmult_minus_distr_r, 2 (Rmult_assoc _ (/ Z3 x z)), Rinv_l, 2 Rmult_1_r by lra.
  unfold Z3. ring.
Qed.

Lemma velocity_R x z : 1 - mean_candidate x z = sum others (fun v => exp (x * lambda v)) / Z3 x z.
Proof.
  assert (P := Z3_pos x z). unfold mean_candidate. apply Rmult_eq_reg_r with (Z3 x z); [| lra].
  unfold Rdiv. rewrite Rmult_minus_distr_r, 2 (Rmult_assoc _ (/ Z3 x z)), Rinv_l, 2 Rmult_1_r by lra.
  unfold Z3. ring.
Qed.

Section Flow.
Variables (rate_A rate_R : R) (mu_A mu_R : R -> R).
Hypothesis rate_A_pos : 0 < rate_A.
Hypothesis rate_R_pos : 0 < rate_R.
Hypothesis flow : prediction_flow rate_A rate_R mu_A mu_R.

Let EA := proj1 flow.
Let ER := proj2 flow.

(* Theorem 3, answer.  If the target's weight is the largest and the target is not alone, then
   from 0 both logits rise, and the target leads every other vertex at every t > 0. *)
Theorem T3_answer :
  (forall v, In v others -> lambda v <= lambda_star) -> others <> [] ->
  mu_A 0 = 0 -> mu_R 0 = 0 ->
  forall t, 0 < t ->
  let lead := mu_A t * lambda_star + mu_R t in          (* xi of the target *)
  0 < mu_A t /\ 0 < mu_R t /\ mu_R t < lead /\ (forall v, In v others -> mu_A t * lambda v < lead).
Proof.
  intros Hl Hne A0 R0 t Ht lead.
  assert (PA : forall u, 0 < u -> 0 < rate_A * (lambda_star - mean_weight (mu_A u) (mu_R u))).
  { intros u _. apply Rmult_lt_0_compat; [easy |]. rewrite velocity_A.
    apply Rdiv_lt_0_compat; [| apply Z3_pos].
    assert (0 <= sum others (fun v => (lambda_star - lambda v) * exp (mu_A u * lambda v))).
    { apply sum_nonneg. intros v Hv. apply Rmult_le_pos; [specialize (Hl v Hv); lra | left; apply exp_pos]. }
    assert (Q := exp_pos (mu_R u)). nra. }
  assert (PR : forall u, 0 < u -> 0 < rate_R * (1 - mean_candidate (mu_A u) (mu_R u))).
  { intros u _. apply Rmult_lt_0_compat; [easy |]. rewrite velocity_R.
    apply Rdiv_lt_0_compat; [| apply Z3_pos].
    destruct others as [| w l]; [easy |].
    apply (sum_pos _ _ w); [intros; left; apply exp_pos | now left | apply exp_pos]. }
  assert (A := rises mu_A _ EA PA 0 t ltac:(lra)). assert (B := rises mu_R _ ER PR 0 t ltac:(lra)).
  rewrite A0 in A. rewrite R0 in B. unfold lead.
  split; [easy | split; [easy | split; [nra |]]].
  intros v Hv. specialize (Hl v Hv). nra.
Qed.

(* ** The direction *)

(* M is the largest weight among the vertices other than the target. *)
Variables (M : R) (top : nat).
Hypothesis M_pos : 0 < M.
Hypothesis top_other : In top others.
Hypothesis top_weight : lambda top = M.
Hypothesis M_largest : forall v, In v others -> lambda v <= M.
(* The candidate logit does not learn too slowly; see T3_direction_unit_norm. *)
Hypothesis rates : rate_A * M * lambda_star <= rate_R.

Let w (t : R) : R := mu_R t - M * mu_A t.
Let gain (v : nat) : R := rate_R - M * rate_A * (lambda_star - lambda v).
Let w' (t : R) : R :=
  (sum others (fun v => gain v * exp (mu_A t * lambda v)) - M * rate_A * lambda_star * exp (mu_R t))
  / Z3 (mu_A t) (mu_R t).

Lemma w_evolves : evolves w w'.
Proof.
  eapply evolves_ext; [| | exact (evolves_minus _ _ _ _ ER (evolves_scal M _ _ EA))]; [easy |].
  intros t _. cbv beta. rewrite velocity_A, velocity_R. unfold w', gain.
  assert (P := Z3_pos (mu_A t) (mu_R t)).
  rewrite (sum_ext others (fun v => (rate_R - M * rate_A * (lambda_star - lambda v)) * exp (mu_A t * lambda v))
    (fun v => rate_R * exp (mu_A t * lambda v) -
              M * rate_A * ((lambda_star - lambda v) * exp (mu_A t * lambda v)))) by (intros; ring).
  rewrite sum_minus, 2 sum_scal. field. lra.
Qed.

Lemma gain_nonneg v : In v others -> 0 <= gain v.
Proof.
  intros Hv. unfold gain. assert (A := lambda_nonneg v Hv).
  assert (0 <= M * rate_A * lambda v) by (repeat apply Rmult_le_pos; lra). lra.
Qed.

Let h : R := rate_R - M * rate_A * (lambda_star - M).
Let q : R := M * rate_A * lambda_star.

Lemma h_pos : 0 < h.
Proof.
  unfold h. assert (0 < M * rate_A * M) by (repeat apply Rmult_lt_0_compat; easy). lra.
Qed.

Lemma q_pos : 0 < q.
Proof. unfold q. repeat apply Rmult_lt_0_compat; easy. Qed.

Lemma exp_mu_R t : exp (mu_R t) = exp (w t) * exp (mu_A t * M).
Proof. rewrite <- exp_plus. f_equal. unfold w. ring. Qed.

Definition w_low : R := Rmin (w 0) (ln (h / q)).

Lemma w_bounded_below t : 0 <= t -> w_low <= w t.
Proof.
  apply (barrier_below w w' _ w_evolves). intros u _ Hle.
  assert (H := h_pos). assert (Q := q_pos). assert (P := Z3_pos (mu_A u) (mu_R u)).
  unfold w'. apply Rdiv_le_0_compat; [| easy].
  assert (A : h * exp (mu_A u * M) <= sum others (fun v => gain v * exp (mu_A u * lambda v))).
  { replace (h * exp (mu_A u * M)) with (gain top * exp (mu_A u * lambda top))
      by (unfold gain, h; rewrite top_weight; ring).
    apply (sum_at_least others (fun v => gain v * exp (mu_A u * lambda v))); [| easy].
    intros v Hv. apply Rmult_le_pos; [now apply gain_nonneg | left; apply exp_pos]. }
  assert (B : q * exp (w u) <= h).
  { apply exp_le in Hle. rewrite exp_ln in Hle by (apply Rdiv_lt_0_compat; easy).
    apply Rmult_le_compat_l with (r := q) in Hle; [| lra].
    replace (q * (h / q)) with h in Hle by (field; lra). easy. }
  rewrite exp_mu_R. fold q. assert (X := exp_pos (mu_A u * M)).
  assert (q * exp (w u) * exp (mu_A u * M) <= h * exp (mu_A u * M)) by (apply Rmult_le_compat_r; lra).
  lra.
Qed.

(* The loss is log D, and D does not grow. *)
Let D (t : R) : R :=
  1 + (exp (- lambda_star * mu_A t) + sum others (fun v => exp ((lambda v - lambda_star) * mu_A t - mu_R t))).

Lemma D_Z t : Z3 (mu_A t) (mu_R t) = D t * exp (mu_A t * lambda_star + mu_R t).
Proof.
  unfold Z3, D. rewrite 2 Rmult_plus_distr_r, Rmult_1_l, <- sum_scal_r, <- exp_plus, Rplus_assoc.
  f_equal. f_equal; [f_equal; ring |]. apply sum_ext. intros v _. rewrite <- exp_plus. f_equal. ring.
Qed.

Lemma D_at_least_1 t : 1 <= D t.
Proof.
  assert (A := exp_pos (- lambda_star * mu_A t)).
  assert (0 <= sum others (fun v => exp ((lambda v - lambda_star) * mu_A t - mu_R t)))
    by (apply sum_nonneg; intros; left; apply exp_pos). unfold D. lra.
Qed.

Lemma D_evolves : evolves D (fun t =>
  - D t * (rate_A * (lambda_star - mean_weight (mu_A t) (mu_R t)) ^ 2 +
           rate_R * (1 - mean_candidate (mu_A t) (mu_R t)) ^ 2)).
Proof.
  set (vA := fun t => lambda_star - mean_weight (mu_A t) (mu_R t)).
  set (vR := fun t => 1 - mean_candidate (mu_A t) (mu_R t)).
  eapply evolves_ext; [| | exact (evolves_plus _ _ _ _ (evolves_const 1)
    (evolves_plus _ _ _ _ (evolves_exp _ _ (evolves_scal (- lambda_star) _ _ EA))
      (evolves_sum others (fun v t => exp ((lambda v - lambda_star) * mu_A t - mu_R t)) _
         (fun v _ => evolves_exp _ _ (evolves_minus _ _ _ _ (evolves_scal (lambda v - lambda_star) _ _ EA) ER)))))];
    [easy |].
  intros t _. cbv beta. fold (vA t) (vR t).
  assert (P := exp_pos (mu_A t * lambda_star + mu_R t)). assert (D1 := D_at_least_1 t).
  set (e := fun v => exp ((lambda v - lambda_star) * mu_A t - mu_R t)).
  assert (HA : D t * vA t = lambda_star * exp (- lambda_star * mu_A t)
                            + sum others (fun v => (lambda_star - lambda v) * e v)).
  { unfold vA. rewrite velocity_A, D_Z. apply Rmult_eq_reg_r with (exp (mu_A t * lambda_star + mu_R t)); [| lra].
    rewrite Rmult_plus_distr_r, Rmult_assoc with (r1 := lambda_star), <- exp_plus, <- sum_scal_r.
    replace (- lambda_star * mu_A t + (mu_A t * lambda_star + mu_R t)) with (mu_R t) by ring.
    rewrite (sum_ext others (fun v => (lambda_star - lambda v) * e v * exp (mu_A t * lambda_star + mu_R t))
       (fun v => (lambda_star - lambda v) * exp (mu_A t * lambda v))).
    - field. lra.
    - intros v _. unfold e. rewrite Rmult_assoc, <- exp_plus. f_equal. f_equal. ring. }
  assert (HR : D t * vR t = sum others e).
  { unfold vR. rewrite velocity_R, D_Z. apply Rmult_eq_reg_r with (exp (mu_A t * lambda_star + mu_R t)); [| lra].
    rewrite <- sum_scal_r.
    rewrite (sum_ext others (fun v => e v * exp (mu_A t * lambda_star + mu_R t))
       (fun v => exp (mu_A t * lambda v))).
    - field. lra.
    - intros v _. unfold e. rewrite <- exp_plus. f_equal. ring. }
  rewrite (sum_ext others _ (fun v => - (rate_A * vA t) * ((lambda_star - lambda v) * e v) + - (rate_R * vR t) * e v))
    by (intros; unfold e; ring).
  rewrite sum_plus, 2 sum_scal, <- HR.
  replace (sum others (fun v => (lambda_star - lambda v) * e v))
    with (D t * vA t - lambda_star * exp (- lambda_star * mu_A t)) by lra.
  ring.
Qed.

Lemma D_at_most t : 0 <= t -> D t <= D 0.
Proof.
  intros Ht. assert (G : D t <= D 0 + 0 * t); [| lra].
  apply (grows_at_most D _ D_evolves); [| easy]. intros u _.
  assert (A := D_at_least_1 u).
  assert (B := pow2_ge_0 (lambda_star - mean_weight (mu_A u) (mu_R u))).
  assert (C := pow2_ge_0 (1 - mean_candidate (mu_A u) (mu_R u))).
  assert (0 <= rate_A * (lambda_star - mean_weight (mu_A u) (mu_R u)) ^ 2) by (apply Rmult_le_pos; lra).
  assert (0 <= rate_R * (1 - mean_candidate (mu_A u) (mu_R u)) ^ 2) by (apply Rmult_le_pos; lra).
  nra.
Qed.

(* So mu_A is bounded below by - X. *)
Let X : R := ln (D 0) / lambda_star.

Lemma X_nonneg : 0 <= X.
Proof.
  apply Rdiv_le_0_compat; [| easy]. rewrite <- ln_1. apply ln_le; [lra | apply D_at_least_1].
Qed.

Lemma mu_A_bounded_below t : 0 <= t -> - X <= mu_A t.
Proof.
  intros Ht. assert (A := D_at_most t Ht). assert (E := exp_pos (- lambda_star * mu_A t)).
  assert (0 <= sum others (fun v => exp ((lambda v - lambda_star) * mu_A t - mu_R t)))
    by (apply sum_nonneg; intros; left; apply exp_pos).
  assert (B : exp (- lambda_star * mu_A t) <= D 0) by (unfold D at 1 in A; lra).
  apply ln_le in B; [| easy]. rewrite ln_exp in B. unfold X.
  apply Rmult_le_reg_l with lambda_star; [easy |].
  replace (lambda_star * - (ln (D 0) / lambda_star)) with (- ln (D 0)) by (field; lra). lra.
Qed.

Let H_max : R := sum others (fun v => gain v * exp (M * X)).

Lemma H_max_pos : 0 < H_max.
Proof.
  unfold H_max. apply (sum_pos _ _ top); [| easy |].
  - intros v Hv. apply Rmult_le_pos; [now apply gain_nonneg | left; apply exp_pos].
  - apply Rmult_lt_0_compat; [| apply exp_pos]. unfold gain. rewrite top_weight. apply h_pos.
Qed.

Definition w_high : R := Rmax (w 0) (ln (H_max / q)).

Lemma w_bounded_above t : 0 <= t -> w t <= w_high.
Proof.
  apply (barrier_above w w' _ w_evolves). intros u Hu Hle.
  assert (H := H_max_pos). assert (Q := q_pos). assert (P := Z3_pos (mu_A u) (mu_R u)).
  unfold w'. apply Rmult_le_reg_r with (Z3 (mu_A u) (mu_R u)); [easy |].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r, Rmult_0_l by lra.
  assert (A : sum others (fun v => gain v * exp (mu_A u * lambda v)) <= H_max * exp (mu_A u * M)).
  { unfold H_max. rewrite <- sum_scal_r. apply sum_le. intros v Hv.
    rewrite Rmult_assoc, <- exp_plus. apply Rmult_le_compat_l; [now apply gain_nonneg |].
    apply exp_le. assert (B := mu_A_bounded_below u ltac:(lra)). assert (XX := X_nonneg).
    assert (L := lambda_nonneg v Hv). assert (L' := M_largest v Hv).
    assert (0 <= (M - lambda v) * (mu_A u + X)) by (apply Rmult_le_pos; lra).
    assert (0 <= lambda v * X) by (apply Rmult_le_pos; lra). lra. }
  assert (B : H_max <= q * exp (w u)).
  { apply exp_le in Hle. rewrite exp_ln in Hle by (apply Rdiv_lt_0_compat; easy).
    apply Rmult_le_compat_l with (r := q) in Hle; [| lra].
    replace (q * (H_max / q)) with H_max in Hle by (field; lra). easy. }
  rewrite exp_mu_R. fold q. assert (Y := exp_pos (mu_A u * M)).
  assert (H_max * exp (mu_A u * M) <= q * exp (w u) * exp (mu_A u * M)) by (apply Rmult_le_compat_r; lra).
  lra.
Qed.

(* Theorem 3, first part: the candidate logit diverges, *)
Theorem T3_lift_diverges : is_lim mu_R p_infty p_infty.
Proof.
  assert (D0 := D_at_least_1 0).
  assert (V0 : forall t, 0 < t -> 0 <= rate_R * (1 - mean_candidate (mu_A t) (mu_R t))).
  { intros t _. apply Rmult_le_pos; [lra |]. rewrite velocity_R.
    apply Rdiv_le_0_compat; [| apply Z3_pos]. apply sum_nonneg. intros; left; apply exp_pos. }
  apply (escapes mu_R _ ER V0). intros level.
  exists (rate_R * (exp (- w_high - lambda_star * ((level - w_low) / M)) / D 0)). split.
  - apply Rmult_lt_0_compat; [easy |]. apply Rdiv_lt_0_compat; [apply exp_pos | lra].
  - intros t Ht Hle. apply Rmult_le_compat_l; [lra |]. rewrite velocity_R, D_Z.
    assert (Dt := D_at_least_1 t). assert (Dm := D_at_most t ltac:(lra)).
    assert (S1 : exp (mu_A t * M) <= sum others (fun v => exp (mu_A t * lambda v))).
    { rewrite <- top_weight.
      apply (sum_at_least others (fun v => exp (mu_A t * lambda v))); [intros; left; apply exp_pos | easy]. }
    assert (Wl := w_bounded_below t ltac:(lra)). assert (Wh := w_bounded_above t ltac:(lra)).
    assert (XA : mu_A t <= (level - w_low) / M).
    { apply Rmult_le_reg_l with M; [easy |].
      replace (M * ((level - w_low) / M)) with (level - w_low) by (field; lra). unfold w in Wl. lra. }
    apply Rle_trans with (exp (mu_A t * M - (mu_A t * lambda_star + mu_R t)) / D t).
    + unfold Rdiv. apply Rmult_le_compat; [left; apply exp_pos | left; apply Rinv_0_lt_compat; lra | |].
      * apply exp_le. unfold w in Wh.
        assert (lambda_star * mu_A t <= lambda_star * ((level - w_low) / M)) by (apply Rmult_le_compat_l; lra).
        lra.
      * apply Rinv_le_contravar; lra.
    + assert (P := exp_pos (mu_A t * lambda_star + mu_R t)).
      unfold Rminus. rewrite exp_plus, exp_Ropp. unfold Rdiv.
      rewrite Rinv_mult.
      apply Rle_trans with (sum others (fun v => exp (mu_A t * lambda v)) *
                            (/ exp (mu_A t * lambda_star + mu_R t) * / D t)).
      * rewrite Rmult_assoc. apply Rmult_le_compat_r; [| easy].
        apply Rmult_le_pos; left; apply Rinv_0_lt_compat; lra.
      * right. ring.
Qed.

(* the carry-over logit diverges, *)
Theorem T3_carry_diverges : is_lim mu_A p_infty p_infty.
Proof.
  assert (L := T3_lift_diverges). apply is_lim_spec in L. apply is_lim_spec. intros B.
  destruct (L (M * B + w_high)) as [T HT]. exists (Rmax 0 T). intros t Ht.
  assert (A1 := Rmax_l 0 T). assert (A2 := Rmax_r 0 T).
  assert (Q := HT t ltac:(lra)). assert (Wh := w_bounded_above t ltac:(lra)). unfold w in Wh.
  apply Rmult_lt_reg_l with M; lra.
Qed.

(* Theorem 3, direction: the ratio tends to the largest weight among the other vertices,
   mu_R(t) / mu_A(t) -> M,  from every start. *)
Theorem T3_direction : is_lim (fun t => mu_R t / mu_A t) p_infty M.
Proof.
  set (B := Rmax (Rabs w_low) (Rabs w_high)).
  assert (HB : forall t, 0 <= t -> Rabs (mu_R t - M * mu_A t) <= B).
  { intros t Ht. assert (Wl := w_bounded_below t Ht). assert (Wh := w_bounded_above t Ht).
    assert (B1 := Rmax_l (Rabs w_low) (Rabs w_high)). assert (B2 := Rmax_r (Rabs w_low) (Rabs w_high)).
    fold B in B1, B2. fold (w t). apply Rabs_le.
    assert (C1 := Rle_abs (- w_low)). rewrite Rabs_Ropp in C1. assert (C2 := Rle_abs w_high). lra. }
  exact (bounded_gap mu_R mu_A M B HB T3_carry_diverges).
Qed.
(* In fact mu_R - M mu_A stays between two constants for all time, *)
Theorem T3_gap : exists lo hi, forall t, 0 <= t -> lo <= mu_R t - M * mu_A t <= hi.
Proof.
  exists w_low, w_high. intros t Ht. split; [now apply w_bounded_below | now apply w_bounded_above].
Qed.

(* and mu_R' is exp((M - lambda* ) mu_A - mu_R) up to constant factors. *)
Lemma T3_velocity : exists c1 c2, 0 < c1 /\ 0 < c2 /\ forall t, 0 < t ->
  c1 * exp ((M - lambda_star) * mu_A t - mu_R t)
  <= rate_R * (1 - mean_candidate (mu_A t) (mu_R t))
  <= c2 * exp ((M - lambda_star) * mu_A t - mu_R t).
Proof.
  set (many := sum others (fun _ => exp (M * X))).
  assert (Hm : 0 < many) by (apply (sum_pos _ _ top); [intros; left; apply exp_pos | easy | apply exp_pos]).
  assert (D0 := D_at_least_1 0). exists (rate_R / D 0), (rate_R * many).
  split; [apply Rdiv_lt_0_compat; lra | split; [now apply Rmult_lt_0_compat |]].
  intros t Ht. rewrite velocity_R, D_Z.
  assert (Dt := D_at_least_1 t). assert (Dm := D_at_most t ltac:(lra)).
  set (small := exp (- (mu_A t * lambda_star + mu_R t))). assert (Sp : 0 < small) by apply exp_pos.
  set (S := sum others (fun v => exp (mu_A t * lambda v))).
  assert (E : exp ((M - lambda_star) * mu_A t - mu_R t) = exp (mu_A t * M) * small).
  { unfold small. rewrite <- exp_plus. f_equal. ring. }
  replace (S / (D t * exp (mu_A t * lambda_star + mu_R t))) with (S * small * / D t).
  2: { unfold small. rewrite exp_Ropp. assert (Q := exp_pos (mu_A t * lambda_star + mu_R t)). field. lra. }
  assert (S1 : exp (mu_A t * M) <= S).
  { rewrite <- top_weight.
    apply (sum_at_least others (fun v => exp (mu_A t * lambda v))); [intros; left; apply exp_pos | easy]. }
  assert (S2 : S <= many * exp (mu_A t * M)).
  { unfold S, many. rewrite <- sum_scal_r. apply sum_le. intros v Hv. rewrite <- exp_plus. apply exp_le.
    assert (B := mu_A_bounded_below t ltac:(lra)). assert (XX := X_nonneg).
    assert (L := lambda_nonneg v Hv). assert (L' := M_largest v Hv).
    assert (0 <= (M - lambda v) * (mu_A t + X)) by (apply Rmult_le_pos; lra).
    assert (0 <= lambda v * X) by (apply Rmult_le_pos; lra). lra. }
  assert (Pe := exp_pos (mu_A t * M)). rewrite E. unfold Rdiv.
  assert (I0 : / D 0 <= / D t) by (apply Rinv_le_contravar; lra).
  assert (I1 : / D t <= 1) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
  assert (I2 : 0 < / D 0) by (apply Rinv_0_lt_compat; lra).
  split.
  - rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra |]. rewrite Rmult_comm.
    apply Rmult_le_compat; [left; now apply Rmult_lt_0_compat | lra | | easy].
    apply Rmult_le_compat_r; lra.
  - replace (rate_R * many * (exp (mu_A t * M) * small))
      with (rate_R * (many * (exp (mu_A t * M) * small))) by ring.
    apply Rmult_le_compat_l; [lra |].
    rewrite <- (Rmult_1_r (many * (exp (mu_A t * M) * small))).
    apply Rmult_le_compat; [| lra | | easy].
    + apply Rmult_le_pos; lra.
    + rewrite <- Rmult_assoc. apply Rmult_le_compat_r; lra.
Qed.
End Flow.
End Prediction.
