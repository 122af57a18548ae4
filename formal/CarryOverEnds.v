(* Which end a path takes where the carry-over weight is trained too, at any c: collapse, in which the
   softmax forgets the new vertices, or spread, in which it forgets N_c. *)
From Coq Require Import Reals Lra List Bool.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model DivergesBfs CarryOver CarryOverDigraph CarryOverLater
  CarryOverPlane CarryOverSizes.
Import ListNotations.
Open Scope R_scope.

Section Ends.
Variables (I : instance) (rate r : R) (mu omega : R -> R) (e : nat).
Hypothesis rate_pos : 0 < rate.
Hypothesis r_pos : 0 < r.
Hypothesis some_out : 0 < n_out I.
Hypothesis flow : carry_over_flow I rate r mu omega.
(* An edge from N_c ends at e. *)
Hypothesis e_vertex : In e (V I).
Hypothesis e_reached : 0 < d I e.

Notation k := (alpha I * s I).
Notation N_c := (filter (in_N I) (V I)).
Notation fresh := (filter (fun v => negb (in_N I v)) (next I)).
Notation E := (E_fresh I (mu 0) (omega 0)).
Notation B := (B_fresh I (mu 0) (omega 0)).
Notation unit := (fun _ : nat => 1).
Let x (t : R) : nat -> R := xi_carry I (mu t) (omega t).
Let q (t : R) : R := rate * k * n_out I / (partition (next I) (x t) * partition (V I) (x t)).
Let S_d (t : R) : R := sum (next I) (fun v => d I v * exp (x t v)).
Let S_a (t : R) : R := sum (next I) (fun v => a I v * exp (x t v)).
Let N_0 : R := F_N I (mu 0).

Lemma ends_mu : evolves mu (fun t => q t * S_d t).
Proof. exact (later_mu I rate r mu omega flow). Qed.

Lemma ends_omega : evolves omega (fun t => / r * (q t * S_a t)).
Proof. exact (later_omega I rate r mu omega flow). Qed.

Lemma ends_q_pos t : 0 < q t.
Proof. now apply (q_pos I rate mu omega). Qed.

Lemma from_mu t : 0 <= t -> mu 0 <= mu t.
Proof. now apply (later_mu_from I rate r (mu 0) mu omega e). Qed.

Lemma from_omega t : 0 <= t -> omega 0 <= omega t.
Proof. now apply (later_omega_from I rate r (omega 0) mu omega). Qed.

Lemma known_value w t : sum N_c (fun v => w v * exp (x t v)) = exp (k * omega t) * weigh I N_c w (mu t).
Proof.
  unfold weigh. rewrite <- sum_scal. apply sum_ext. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv].
  rewrite (Rmult_comm (exp (k * omega t))), Rmult_assoc, <- exp_plus. f_equal. f_equal.
  unfold x, xi_carry, a. rewrite Hv. simpl. ring.
Qed.

Lemma fresh_value w t : sum fresh (fun v => w v * exp (x t v)) = weigh I fresh w (mu t).
Proof.
  apply sum_ext. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv]. f_equal. f_equal.
  unfold x, xi_carry, a. destruct (in_N I v); [easy | ring].
Qed.

Lemma S_a_value t : S_a t = exp (k * omega t) * weigh I N_c unit (mu t).
Proof.
  rewrite <- known_value. unfold S_a, x. rewrite S_a_known. apply sum_ext. intros; ring.
Qed.

Lemma S_d_value t : S_d t = exp (k * omega t) * weigh I N_c (d I) (mu t) + weigh I fresh (d I) (mu t).
Proof. unfold S_d. now rewrite next_split, known_value, fresh_value. Qed.

Lemma next_value t : partition (next I) (x t) = S_a t + weigh I fresh unit (mu t).
Proof.
  rewrite S_a_value, <- known_value, <- fresh_value, <- next_split. apply sum_ext. intros; ring.
Qed.

Lemma S_a_pos t : 0 < S_a t.
Proof. rewrite S_a_value. apply Rmult_lt_0_compat; [apply exp_pos | apply known_weigh_pos]. Qed.

Lemma fresh_nonneg w t : (forall v, 0 <= w v) -> 0 <= weigh I fresh w (mu t).
Proof. apply weigh_nonneg. Qed.

Lemma unit_nonneg (v : nat) : 0 <= unit v.
Proof. lra. Qed.

Lemma fresh_unit t : weigh I fresh unit (mu t) <= weigh I fresh (d I) (mu t).
Proof.
  apply sum_le. intros v Hv. apply Rmult_le_compat_r; [left; apply exp_pos | now apply fresh_degree].
Qed.

Lemma S_a_at_most t : S_a t <= partition (next I) (x t).
Proof. rewrite next_value. assert (X := fresh_nonneg unit t unit_nonneg). lra. Qed.

Lemma all_value t : partition (V I) (x t) = partition (next I) (x t) + n_out I.
Proof. apply carry_Z_split. Qed.

(* omega' <= rate alpha s/r *)
Lemma omega_speed t : 0 < t -> 0 <= / r * (q t * S_a t) <= / r * (rate * k).
Proof.
  intros _. assert (Q := ends_q_pos t). assert (A := S_a_pos t). assert (Ir : 0 < / r) by now apply Rinv_0_lt_compat.
  assert (K := alpha_s_pos I). assert (A1 := S_a_at_most t). assert (AV := all_value t).
  split; [apply Rmult_le_pos; [lra |]; apply Rmult_le_pos; lra |].
  apply Rmult_le_compat_l; [lra |]. unfold q.
  set (Zn := partition (next I) (x t)) in *. set (Za := partition (V I) (x t)) in *.
  assert (RK : 0 < rate * k) by now apply Rmult_lt_0_compat.
  replace (rate * k * n_out I / (Zn * Za) * S_a t) with (rate * k * ((n_out I / Za) * (S_a t / Zn))) by (field; lra).
  rewrite <- (Rmult_1_r (rate * k)) at 2. apply Rmult_le_compat_l; [lra |].
  rewrite <- (Rmult_1_r 1). apply Rmult_le_compat.
  - apply Rdiv_le_0_compat; lra.
  - apply Rdiv_le_0_compat; lra.
  - apply Rle_div_l; lra.
  - apply Rle_div_l; lra.
Qed.

Lemma S_d_fresh t : 0 <= t -> N_0 * S_a t + weigh I fresh (d I) (mu t) <= S_d t.
Proof.
  intros Ht. rewrite S_d_value, <- known_value.
  assert (X := S_d_known I rate r (mu 0) mu omega e rate_pos some_out flow eq_refl e_vertex e_reached t Ht).
  change (N_0 * S_a t <= sum N_c (fun v => d I v * exp (x t v))) in X. lra.
Qed.

(* What the new vertices add to the slope of the path. *)
Lemma fresh_at_most g t : 0 <= t -> d_fresh I - d_known I <= g ->
  weigh I fresh (d I) (mu t) <= E * exp (- k * beyond g mu omega t) * S_a t.
Proof.
  intros Ht Hg. assert (M := from_mu t Ht). assert (K := alpha_s_pos I).
  set (D0 := weigh I fresh (d I) (mu 0)). assert (HD0 : 0 <= D0) by (apply weigh_nonneg, d_nonneg).
  set (o := exp (k * omega 0)). set (m := exp (k * (mu 0 * d_known I))).
  assert (Po : 0 < o) by apply exp_pos. assert (Pm : 0 < m) by apply exp_pos. assert (PK := m_known_pos I).
  apply Rle_trans with (exp (k * ((mu t - mu 0) * d_fresh I)) * D0).
  { apply weigh_grows; [apply d_nonneg | apply d_fresh_at_most | easy]. }
  apply Rle_trans with (E * exp (- k * beyond g mu omega t) *
    (exp (k * omega t) * (m_known I * exp (k * (mu t * d_known I))))).
  - unfold E_fresh. fold D0 o m.
    replace (D0 / (o * (m_known I * m)) * exp (- k * beyond g mu omega t) *
      (exp (k * omega t) * (m_known I * exp (k * (mu t * d_known I)))))
      with (exp (- k * beyond g mu omega t) * exp (k * omega t) * exp (k * (mu t * d_known I)) / (o * m) * D0)
      by (field; lra).
    apply Rmult_le_compat_r; [easy |]. apply Rle_div_r; [now apply Rmult_lt_0_compat |].
    unfold o, m. rewrite <- 4 exp_plus. apply exp_le. unfold beyond.
    assert (Q : (mu t - mu 0) * (d_fresh I - d_known I) <= (mu t - mu 0) * g) by (apply Rmult_le_compat_l; lra).
    apply (Rmult_le_compat_l k) in Q; lra.
  - apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply E_fresh_nonneg | left; apply exp_pos] |].
    rewrite S_a_value. apply Rmult_le_compat_l; [left; apply exp_pos | apply has_top].
Qed.

Lemma B_later t : 0 <= t -> B * exp (- k * beyond (d_fresh I - d_known I) mu omega t) <= B_fresh I (mu t) (omega t).
Proof.
  intros Ht. assert (M := from_mu t Ht).
  set (A0 := weigh I N_c unit (mu 0)). set (A := weigh I N_c unit (mu t)).
  assert (PA0 : 0 < A0) by apply known_weigh_pos. assert (PA : 0 < A) by apply known_weigh_pos.
  assert (G : A <= exp (k * ((mu t - mu 0) * d_known I)) * A0)
    by (apply weigh_grows; [apply unit_nonneg | apply d_known_at_most | easy]).
  unfold B_fresh. fold A0 A. set (h := d_fresh I * m_fresh I).
  assert (Ph : 0 <= h) by (apply Rmult_le_pos; [apply max_of_nonneg | apply m_fresh_nonneg]).
  assert (P1 := exp_pos (k * omega 0)). assert (P2 := exp_pos (k * omega t)).
  apply (proj1 (Rle_div_r _ _ _ (Rmult_lt_0_compat _ _ P2 PA))).
  replace (h * exp (k * (mu 0 * d_fresh I)) / (exp (k * omega 0) * A0) *
    exp (- k * beyond (d_fresh I - d_known I) mu omega t) * (exp (k * omega t) * A))
    with (h * (exp (k * (mu 0 * d_fresh I)) * exp (- k * beyond (d_fresh I - d_known I) mu omega t) *
           exp (k * omega t) / exp (k * omega 0) * (A / A0))) by (field; lra).
  apply Rmult_le_compat_l; [easy |].
  apply Rle_trans with (exp (k * (mu 0 * d_fresh I)) * exp (- k * beyond (d_fresh I - d_known I) mu omega t) *
           exp (k * omega t) / exp (k * omega 0) * exp (k * ((mu t - mu 0) * d_known I))).
  - apply Rmult_le_compat_l; [| apply Rle_div_l; lra]. apply Rdiv_le_0_compat; [| easy].
    left. repeat apply Rmult_lt_0_compat; apply exp_pos.
  - right. unfold Rdiv. rewrite <- exp_Ropp, <- 4 exp_plus. f_equal. unfold beyond. ring.
Qed.

Lemma fresh_at_least t : 0 <= t ->
  B * exp (- k * beyond (d_fresh I - d_known I) mu omega t) * S_a t <= weigh I fresh (d I) (mu t).
Proof.
  intros Ht. apply Rle_trans with (B_fresh I (mu t) (omega t) * S_a t).
  - apply Rmult_le_compat_r; [left; apply S_a_pos | now apply B_later].
  - apply Rle_trans with (2 := has_top_d I fresh (d_fresh I) (mu t) (max_of_nonneg I fresh)).
    right. rewrite S_a_value. unfold B_fresh, m_fresh. assert (P2 := exp_pos (k * omega t)).
    assert (PA := known_weigh_pos I (mu t)). field. lra.
Qed.

(* Within N_c the mean in-degree tends to the largest. *)
Let lack : R := d_known I * weigh I N_c unit (mu 0) / (m_known I * exp (k * (mu 0 * d_known I))).

Lemma lack_nonneg : 0 <= lack.
Proof.
  apply Rdiv_le_0_compat.
  - apply Rmult_le_pos; [apply max_of_nonneg | left; apply known_weigh_pos].
  - apply Rmult_lt_0_compat; [apply m_known_pos | apply exp_pos].
Qed.

Lemma S_d_deficit t : 0 < N_0 -> 0 <= t ->
  d_known I * S_a t - S_d t <= lack / N_0 * exp (- k * (mu t - mu 0)) * S_d t.
Proof.
  intros HN Ht. assert (X := known_deficit I (mu 0) (mu t) (from_mu t Ht)). fold lack in X.
  assert (P := exp_pos (k * omega t)). apply (Rmult_le_compat_l (exp (k * omega t))) in X; [| lra].
  assert (Y := S_a_value t). assert (Z := S_d_value t). assert (F := fresh_nonneg (d I) t (d_nonneg I)).
  assert (W := S_d_fresh t Ht). set (y := exp (- k * (mu t - mu 0))) in *. assert (Py : 0 < y) by apply exp_pos.
  assert (Q : S_a t <= / N_0 * S_d t).
  { apply Rmult_le_reg_l with N_0; [easy |]. rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. lra. }
  assert (L := lack_nonneg). apply (Rmult_le_compat_l (lack * y)) in Q; [| apply Rmult_le_pos; lra].
  assert (X' : (d_known I - lack * y) * S_a t <= exp (k * omega t) * weigh I N_c (d I) (mu t)).
  { rewrite Y. lra. }
  unfold Rdiv. lra.
Qed.

(* What fades with a logit that grows for ever. *)
Lemma fades_with (f h : R -> R) C p : 0 < p -> is_lim h p_infty p_infty ->
  (forall t, 0 <= t -> 0 <= f t <= C * exp (- p * (h t - h 0))) -> is_lim f p_infty 0.
Proof.
  intros Hp Hh Hf.
  apply (is_lim_le_le_loc (fun _ => 0) (fun t => C * exp (p * h 0) * exp (- p * h t))); [| apply is_lim_const |].
  - exists 0. intros t Ht. destruct (Hf t ltac:(lra)) as [L U]. split; [easy |].
    apply Rle_trans with (1 := U). right. rewrite Rmult_assoc, <- exp_plus. f_equal. f_equal. ring.
  - replace (Finite 0) with (Rbar_mult (C * exp (p * h 0)) 0) by (simpl; f_equal; ring).
    apply (is_lim_scal_l _ (C * exp (p * h 0)) p_infty 0). now apply exp_vanishes.
Qed.

(* E_S[d] between lo and hi, and Z of the order of e^{p mu}:  mu ~ log t/p. *)
Lemma log_rate p lo hi Z_lo Z_hi : 0 < p -> 0 < lo -> 0 < hi -> 0 < Z_lo -> 0 < Z_hi ->
  (forall t, 0 < t -> lo * partition (next I) (x t) <= S_d t <= hi * partition (next I) (x t)) ->
  (forall t, 0 < t -> Z_lo * exp (p * (mu t - mu 0)) <= partition (V I) (x t) <= Z_hi * exp (p * (mu t - mu 0))) ->
  is_lim (fun t => mu t / ln t) p_infty (/ p).
Proof.
  intros KD Hlo Hhi HZ1 HZ2 HS HZ. assert (K := alpha_s_pos I).
  assert (C : 0 < rate * k * n_out I) by (apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | easy]).
  set (z := fun t => exp (p * (mu t - mu 0))).
  assert (Ez := evolves_exp _ _ (evolves_scal p _ _ (evolves_minus _ _ _ _ ends_mu (evolves_const (mu 0))))).
  assert (Z0 : z 0 = 1) by (unfold z; rewrite Rminus_eq_0, Rmult_0_r; apply exp_0).
  set (b1 := p * (rate * k * n_out I * lo / Z_hi)). set (b2 := p * (rate * k * n_out I * hi / Z_lo)).
  assert (B1 : 0 < b1) by (apply Rmult_lt_0_compat; [easy |]; apply Rdiv_lt_0_compat; [now apply Rmult_lt_0_compat | easy]).
  assert (B2 : 0 < b2) by (apply Rmult_lt_0_compat; [easy |]; apply Rdiv_lt_0_compat; [now apply Rmult_lt_0_compat | easy]).
  assert (V1 : forall t, 0 < t -> b1 <= z t * (p * (q t * S_d t - 0)) <= b2).
  { intros t Ht. destruct (HS t Ht) as [S1 S2]. destruct (HZ t Ht) as [T1 T2]. fold (z t) in T1, T2.
    assert (Pz : 0 < z t) by apply exp_pos.
    assert (PN : 0 < partition (next I) (x t)) by (assert (X := S_a_at_most t); assert (Y := S_a_pos t); lra).
    set (Zn := partition (next I) (x t)) in *. set (Za := partition (V I) (x t)) in *.
    assert (PA : 0 < Za) by (assert (0 < Z_lo * z t) by (now apply Rmult_lt_0_compat); lra).
    assert (Q : z t * (p * (q t * S_d t - 0)) = p * (rate * k * n_out I * ((S_d t / Zn) * (z t / Za)))).
    { unfold q. fold Zn Za. field. lra. }
    rewrite Q.
    replace b1 with (p * (rate * k * n_out I * (lo * / Z_hi))) by (unfold b1, Rdiv; ring).
    replace b2 with (p * (rate * k * n_out I * (hi * / Z_lo))) by (unfold b2, Rdiv; ring).
    assert (R1 : lo <= S_d t / Zn) by (apply Rle_div_r; lra).
    assert (R2 : S_d t / Zn <= hi) by (apply Rle_div_l; lra).
    assert (R3 : / Z_hi <= z t / Za).
    { apply Rle_div_r; [easy |]. apply Rmult_le_reg_l with Z_hi; [easy |].
      rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. lra. }
    assert (R4 : z t / Za <= / Z_lo).
    { apply Rle_div_l; [easy |]. apply Rmult_le_reg_l with Z_lo; [easy |].
      rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. lra. }
    assert (I1 : 0 < / Z_hi) by now apply Rinv_0_lt_compat.
    split; (apply Rmult_le_compat_l; [lra |]); (apply Rmult_le_compat_l; [lra |]); apply Rmult_le_compat; lra. }
  assert (L : forall t, 0 <= t -> 1 + b1 * t <= z t).
  { intros t Ht. rewrite <- Z0. apply (grows_at_least _ _ Ez); [| easy]. intros u Hu. apply (V1 u Hu). }
  assert (U : forall t, 0 <= t -> z t <= 1 + b2 * t).
  { intros t Ht. rewrite <- Z0. apply (grows_at_most _ _ Ez); [| easy]. intros u Hu. apply (V1 u Hu). }
  apply (log_law_shift mu p (ln b1 + p * mu 0) (ln (1 + b2) + p * mu 0) KD).
  intros t Ht. specialize (L t ltac:(lra)). specialize (U t ltac:(lra)). unfold z in L, U.
  assert (Bt : 0 < b2 * t) by (apply Rmult_lt_0_compat; lra).
  assert (Bt1 : 0 < b1 * t) by (apply Rmult_lt_0_compat; lra).
  split.
  - assert (X : / p * ln (b1 * t) <= mu t - mu 0) by (apply ln_at_most; lra).
    rewrite ln_mult in X by lra.
    replace (/ p * (ln t + (ln b1 + p * mu 0))) with (/ p * (ln b1 + ln t) + mu 0)
      by (field; lra). lra.
  - assert (X : mu t - mu 0 <= / p * ln ((1 + b2) * t)).
    { apply ln_at_least; [easy |]. lra. }
    rewrite ln_mult in X by lra.
    replace (/ p * (ln t + (ln (1 + b2) + p * mu 0))) with (/ p * (ln (1 + b2) + ln t) + mu 0)
      by (field; lra). lra.
Qed.

Lemma next_pos t : 0 < partition (next I) (x t).
Proof. apply partition_pos, next_inhabited. Qed.

(* Z at most what it is with omega at most Omega + u (mu - mu(0)) and no in-degree above D - u in N_c,
   above D elsewhere. *)
Lemma all_at_most Omega u D t : 0 <= t -> omega t <= Omega + u * (mu t - mu 0) ->
  d_known I + u <= D -> d_fresh I <= D -> 0 <= D ->
  partition (V I) (x t) <= partition (V I) (xi_carry I (mu 0) Omega) * exp (k * D * (mu t - mu 0)).
Proof.
  intros Ht HO Du DF HD. assert (K := alpha_s_pos I). assert (M := from_mu t Ht).
  unfold partition. rewrite <- sum_scal_r. apply sum_le. intros v Hv. rewrite <- exp_plus. apply exp_le.
  unfold x, xi_carry.
  assert (A : omega t * a I v + mu t * d I v <= Omega * a I v + mu 0 * d I v + D * (mu t - mu 0)).
  { unfold a. destruct (in_N I v) eqn:Nv.
    - change (weight I v) with 1.
      assert (L := d_known_at_most I v ltac:(now apply filter_In)).
      assert (Q : (u + d I v) * (mu t - mu 0) <= D * (mu t - mu 0)) by (apply Rmult_le_compat_r; lra). lra.
    - assert (L : d I v <= D).
      { destruct (in_next I v) eqn:Ev; [| apply outside in Ev; lra].
        apply Rle_trans with (2 := DF), d_fresh_at_most, filter_In. rewrite Nv. split; [now apply filter_In | easy]. }
      assert (Q : d I v * (mu t - mu 0) <= D * (mu t - mu 0)) by (apply Rmult_le_compat_r; lra). lra. }
  apply (Rmult_le_compat_l k) in A; lra.
Qed.

(* ** Collapse *)
Section Collapse.
Let g : R := Rmax 0 (d_fresh I - d_known I).
Hypothesis room : r * g * (d_known I + E) < 1.

Let g_nonneg : 0 <= g.
Proof. apply Rmax_l. Qed.
Let known_nonneg : 0 <= d_known I.
Proof. apply max_of_nonneg. Qed.
Let E_nonneg : 0 <= E.
Proof. apply E_fresh_nonneg. Qed.

Lemma collapse_slope t : 0 < t ->
  q t * S_d t <= r * (d_known I + E * exp (- k * beyond g mu omega t)) * (/ r * (q t * S_a t)).
Proof.
  intros Ht. assert (Q := ends_q_pos t).
  assert (F := fresh_at_most g t ltac:(lra) (Rmax_r _ _)).
  assert (A := S_a_value t). assert (P := exp_pos (k * omega t)).
  assert (W := weigh_d_at_most I N_c (mu t) (d_known I) (d_known_at_most I)).
  apply (Rmult_le_compat_l (exp (k * omega t))) in W; [| lra].
  replace (r * (d_known I + E * exp (- k * beyond g mu omega t)) * (/ r * (q t * S_a t)))
    with (q t * ((d_known I + E * exp (- k * beyond g mu omega t)) * S_a t)) by (field; lra).
  apply Rmult_le_compat_l; [lra |]. rewrite S_d_value.
  assert (X : exp (k * omega t) * weigh I N_c (d I) (mu t) <= d_known I * S_a t) by (rewrite A; lra). lra.
Qed.

Let theta : R := 1 - r * g * (d_known I + E).
Let theta_pos : 0 < theta.
Proof. unfold theta. lra. Qed.

Lemma collapse_beyond t : 0 <= t -> 0 <= beyond g mu omega t /\
  mu t - mu 0 <= r * (d_known I + E) * (omega t - omega 0) /\
  theta * (omega t - omega 0) <= beyond g mu omega t.
Proof.
  intros Ht. assert (K := alpha_s_pos I). assert (M := ends_mu). assert (O := ends_omega).
  repeat split.
  - exact (above_line k r (/ r * (rate * k)) g (d_known I) E mu omega _ _ K r_pos M O omega_speed g_nonneg known_nonneg
             collapse_slope room t Ht).
  - exact (above_mu k r (/ r * (rate * k)) g (d_known I) E mu omega _ _ K r_pos M O omega_speed g_nonneg known_nonneg
             E_nonneg collapse_slope room t Ht).
  - exact (above_gains k r (/ r * (rate * k)) g (d_known I) E mu omega _ _ K r_pos M O omega_speed g_nonneg known_nonneg
             E_nonneg collapse_slope room t Ht).
Qed.

Lemma collapse_omega : is_lim omega p_infty p_infty.
Proof.
  assert (K := alpha_s_pos I). assert (Ir : 0 < / r) by now apply Rinv_0_lt_compat.
  apply (escapes omega _ ends_omega); [intros t Ht; now apply omega_speed |].
  intros level. set (top := mu 0 + r * (d_known I + E) * (level - omega 0)).
  set (Z := partition (V I) (xi_carry I top level)). assert (PZ : 0 < Z) by (apply partition_pos, V_inhabited).
  set (low := exp (k * omega 0) * weigh I N_c unit (mu 0)).
  assert (PL : 0 < low) by (apply Rmult_lt_0_compat; [apply exp_pos | apply known_weigh_pos]).
  assert (C : 0 < rate * k * n_out I / (Z * Z)).
  { apply Rdiv_lt_0_compat; apply Rmult_lt_0_compat; try easy. now apply Rmult_lt_0_compat. }
  exists (/ r * (rate * k * n_out I / (Z * Z) * low)).
  split; [apply Rmult_lt_0_compat; [easy | now apply Rmult_lt_0_compat] |].
  intros t Ht Hle. destruct (collapse_beyond t ltac:(lra)) as [_ [B1 _]].
  apply Rmult_le_compat_l; [lra |]. apply Rmult_le_compat; [lra | lra | |].
  - apply (q_low I rate mu omega rate_pos some_out); [| easy]. unfold top.
    assert (r * (d_known I + E) * (omega t - omega 0) <= r * (d_known I + E) * (level - omega 0)); [| lra].
    apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | lra].
  - rewrite S_a_value. apply Rmult_le_compat; [left; apply exp_pos | left; apply known_weigh_pos | |].
    + apply exp_le, Rmult_le_compat_l; [lra |]. apply from_omega. lra.
    + apply weigh_rises; [apply unit_nonneg | apply from_mu; lra].
Qed.

(* E = E(mu(0), omega(0)), g = max(0, d_F - d_N), r g (d_N + E) < 1:  omega -> oo, and the part of the
   new vertices in the softmax over N_{c+1} tends to 0. *)
Theorem carry_over_collapse : is_lim omega p_infty p_infty /\
  is_lim (part I mu omega (fun v => one (negb (in_N I v)))) p_infty 0.
Proof.
  split; [apply collapse_omega |]. assert (K := alpha_s_pos I).
  apply (fades_with _ omega E (k * theta)); [now apply Rmult_lt_0_compat | apply collapse_omega |].
  intros t Ht. destruct (collapse_beyond t Ht) as [B0 [_ B2]].
  assert (PA := S_a_pos t). assert (PN := next_pos t). assert (AN := S_a_at_most t).
  assert (FU := fresh_unit t). assert (FN := fresh_nonneg unit t unit_nonneg).
  assert (F := fresh_at_most g t Ht (Rmax_r _ _)).
  assert (Pn : part I mu omega (fun v => one (negb (in_N I v))) t = weigh I fresh unit (mu t) / partition (next I) (x t)).
  { unfold part, mean. f_equal. rewrite next_split, (sum_zero N_c), Rplus_0_l.
    - rewrite <- fresh_value. apply sum_ext. intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv]. now rewrite Hv.
    - intros v Hv. apply filter_In in Hv. destruct Hv as [_ Hv]. rewrite Hv. simpl. ring. }
  rewrite Pn. split; [apply Rdiv_le_0_compat; lra |].
  apply (proj2 (Rle_div_l _ _ _ PN)).
  assert (D : exp (- k * beyond g mu omega t) <= exp (- (k * theta) * (omega t - omega 0))).
  { apply exp_le. apply (Rmult_le_compat_l k) in B2; lra. }
  assert (D1 : E * exp (- k * beyond g mu omega t) * S_a t <=
               E * exp (- (k * theta) * (omega t - omega 0)) * partition (next I) (x t)).
  { apply Rmult_le_compat; [apply Rmult_le_pos; [easy | left; apply exp_pos] | lra | | easy].
    now apply Rmult_le_compat_l. }
  lra.
Qed.

(* If an edge joins two vertices of N_c, then omega - mu/(r d_N) stays bounded, so that omega/mu -> 1/(r d_N),
   and mu ~ log t/(alpha s (d_N + 1/(r d_N))). *)
Hypothesis known_pos : 0 < d_known I.

Lemma known_mean_pos : 0 < N_0.
Proof.
  destruct (max_of_attained N_c (d I) (fun v _ => d_nonneg I v)) as [w [Hw Ew]].
  { assert (H := known_root I). now destruct N_c. }
  assert (Dw : 0 < d I w) by (unfold d_known in known_pos; rewrite Ew; exact known_pos).
  apply filter_In in Hw. destruct Hw as [H1 H2]. now apply (F_N_pos I w).
Qed.

Lemma later_mu_diverges : is_lim mu p_infty p_infty.
Proof.
  destruct (max_of_attained N_c (d I) (fun v _ => d_nonneg I v)) as [w [Hw Ew]].
  { assert (H := known_root I). now destruct N_c. }
  assert (Dw : 0 < d I w) by (unfold d_known in known_pos; rewrite Ew; exact known_pos).
  apply filter_In in Hw. destruct Hw as [H1 H2].
  now apply (carry_over_later I rate r (mu 0) (omega 0) mu omega w).
Qed.

Let rho : R := r * d_known I.
Let rho_pos : 0 < rho.
Proof. now apply Rmult_lt_0_compat. Qed.

Lemma collapse_lag t : 0 <= t -> mu t - mu 0 - rho * (omega t - omega 0) <= r * E / (k * theta).
Proof.
  exact (above_lag k r (/ r * (rate * k)) g (d_known I) E mu omega _ _ (alpha_s_pos I) r_pos ends_mu ends_omega
           omega_speed g_nonneg known_nonneg E_nonneg collapse_slope room t).
Qed.

Lemma known_lag t : 0 <= t -> rho * (omega t - omega 0) - (mu t - mu 0) <= lack / N_0 / k.
Proof.
  intros Ht. assert (K := alpha_s_pos I). assert (HN := known_mean_pos). assert (L := lack_nonneg).
  assert (X := damped _ _ _ _ k (lack / N_0) (evolves_minus _ _ _ _ (evolves_scal rho _ _ ends_omega) ends_mu) ends_mu K).
  cbv beta in X. assert (Y : rho * omega t - mu t - (rho * omega 0 - mu 0) <= lack / N_0 / k); [| lra].
  apply X; [apply Rdiv_le_0_compat; lra | | easy]. intros u Hu.
  assert (D := S_d_deficit u HN ltac:(lra)). assert (Q := ends_q_pos u).
  apply (Rmult_le_compat_l (q u)) in D; [| lra]. unfold rho.
  replace (r * d_known I * (/ r * (q u * S_a u)) - q u * S_d u) with (q u * (d_known I * S_a u - S_d u)) by (field; lra).
  lra.
Qed.

Theorem carry_over_collapse_log :
  (exists C, forall t, 0 <= t -> Rabs (omega t - / (r * d_known I) * mu t) <= C) /\
  is_lim (fun t => omega t / mu t) p_infty (/ (r * d_known I)) /\
  is_lim (fun t => mu t / ln t) p_infty (/ (k * (d_known I + / (r * d_known I)))).
Proof.
  assert (K := alpha_s_pos I). assert (HN := known_mean_pos). assert (Irho : 0 < / rho) by now apply Rinv_0_lt_compat.
  fold rho. set (C1 := r * E / (k * theta)). set (C2 := lack / N_0 / k).
  assert (P1 : forall t, 0 <= t -> / rho * (mu t - mu 0) - / rho * C1 <= omega t - omega 0).
  { intros t Ht. assert (L := collapse_lag t Ht). fold C1 in L. apply (Rmult_le_compat_l (/ rho)) in L; [| lra].
    replace (/ rho * (mu t - mu 0 - rho * (omega t - omega 0)))
      with (/ rho * (mu t - mu 0) - (omega t - omega 0)) in L by (field; lra). lra. }
  assert (P2 : forall t, 0 <= t -> omega t - omega 0 <= / rho * (mu t - mu 0) + / rho * C2).
  { intros t Ht. assert (L := known_lag t Ht). fold C2 in L. apply (Rmult_le_compat_l (/ rho)) in L; [| lra].
    replace (/ rho * (rho * (omega t - omega 0) - (mu t - mu 0)))
      with (omega t - omega 0 - / rho * (mu t - mu 0)) in L by (field; lra). lra. }
  set (C := Rmax (Rabs (omega 0 - / rho * mu 0 - / rho * C1)) (Rabs (omega 0 - / rho * mu 0 + / rho * C2))).
  assert (HC : forall t, 0 <= t -> Rabs (omega t - / rho * mu t) <= C).
  { intros t Ht. specialize (P1 t Ht). specialize (P2 t Ht).
    assert (M1 := Rmax_l (Rabs (omega 0 - / rho * mu 0 - / rho * C1)) (Rabs (omega 0 - / rho * mu 0 + / rho * C2))).
    assert (M2 := Rmax_r (Rabs (omega 0 - / rho * mu 0 - / rho * C1)) (Rabs (omega 0 - / rho * mu 0 + / rho * C2))).
    fold C in M1, M2. assert (A1 := Rle_abs (- (omega 0 - / rho * mu 0 - / rho * C1))). rewrite Rabs_Ropp in A1.
    assert (A2 := Rle_abs (omega 0 - / rho * mu 0 + / rho * C2)). apply Rabs_le. lra. }
  split; [exists C; exact HC |]. split; [exact (bounded_gap omega mu _ C HC later_mu_diverges) |].
  set (D := d_known I + / rho). assert (PD : 0 < D) by (unfold D; lra).
  assert (DF : d_fresh I <= D).
  { unfold D. assert (G := Rmax_r 0 (d_fresh I - d_known I)). fold g in G.
    assert (Gr : g <= / rho); [| lra]. apply Rmult_le_reg_l with rho; [easy |]. rewrite Rinv_r by lra.
    assert (0 <= r * g * E) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | easy]). unfold rho. lra. }
  set (Z_hi := partition (V I) (xi_carry I (mu 0) (omega 0 + / rho * C2))).
  set (Z_lo := exp (k * (omega 0 - / rho * C1)) * (m_known I * exp (k * (mu 0 * d_known I)))).
  apply (log_rate (k * D) (N_0 / (1 + E)) (d_known I + E) Z_lo Z_hi).
  - now apply Rmult_lt_0_compat.
  - apply Rdiv_lt_0_compat; lra.
  - lra.
  - apply Rmult_lt_0_compat; [apply exp_pos |]. apply Rmult_lt_0_compat; [apply m_known_pos | apply exp_pos].
  - apply partition_pos, V_inhabited.
  - intros t Ht. assert (A := S_a_pos t). assert (NV := next_value t). assert (FU := fresh_unit t).
    assert (F := fresh_at_most g t ltac:(lra) (Rmax_r _ _)). assert (W := S_d_fresh t ltac:(lra)).
    destruct (collapse_beyond t ltac:(lra)) as [B0 _].
    assert (X : exp (- k * beyond g mu omega t) <= 1).
    { rewrite <- exp_0. apply exp_le. assert (0 <= k * beyond g mu omega t) by (apply Rmult_le_pos; lra). lra. }
    assert (F1 : weigh I fresh (d I) (mu t) <= E * S_a t).
    { apply Rle_trans with (1 := F). apply Rmult_le_compat_r; [lra |].
      rewrite <- (Rmult_1_r E) at 2. now apply Rmult_le_compat_l. }
    assert (F0 := fresh_nonneg (d I) t (d_nonneg I)).
    split.
    + replace (N_0 / (1 + E) * partition (next I) (x t)) with (N_0 * (partition (next I) (x t) / (1 + E))) by (field; lra).
      apply Rle_trans with (N_0 * S_a t); [| lra]. apply Rmult_le_compat_l; [lra |].
      apply (proj2 (Rle_div_l _ _ (1 + E) ltac:(lra))). lra.
    + apply Rle_trans with ((d_known I + E) * S_a t); [| apply Rmult_le_compat_l; [lra | apply S_a_at_most]].
      rewrite S_d_value. assert (SV := S_a_value t). assert (P := exp_pos (k * omega t)).
      assert (Wd := weigh_d_at_most I N_c (mu t) (d_known I) (d_known_at_most I)).
      apply (Rmult_le_compat_l (exp (k * omega t))) in Wd; [| lra].
      assert (exp (k * omega t) * weigh I N_c (d I) (mu t) <= d_known I * S_a t) by (rewrite SV; lra). lra.
  - intros t Ht. split.
    + apply Rle_trans with (S_a t); [| assert (X := S_a_at_most t); assert (Y := all_value t); lra].
      rewrite S_a_value. apply Rle_trans with (exp (k * omega t) * (m_known I * exp (k * (mu t * d_known I)))).
      * unfold Z_lo.
        replace (exp (k * (omega 0 - / rho * C1)) * (m_known I * exp (k * (mu 0 * d_known I))) * exp (k * D * (mu t - mu 0)))
          with (m_known I * (exp (k * (omega 0 - / rho * C1)) * exp (k * (mu 0 * d_known I)) * exp (k * D * (mu t - mu 0)))) by ring.
        replace (exp (k * omega t) * (m_known I * exp (k * (mu t * d_known I))))
          with (m_known I * (exp (k * omega t) * exp (k * (mu t * d_known I)))) by ring.
        apply Rmult_le_compat_l; [left; apply m_known_pos |]. rewrite <- 3 exp_plus. apply exp_le.
        specialize (P1 t ltac:(lra)). unfold D. apply (Rmult_le_compat_l k) in P1; lra.
      * apply Rmult_le_compat_l; [left; apply exp_pos | apply has_top].
    + apply (all_at_most (omega 0 + / rho * C2) (/ rho) D t); try (unfold D in *; lra).
      specialize (P2 t ltac:(lra)). lra.
Qed.
End Collapse.

(* ** Spread *)
Section Spread.
Let g : R := d_fresh I - d_known I.
Hypothesis g_pos : 0 < g.

Let known_nonneg : 0 <= d_known I.
Proof. apply max_of_nonneg. Qed.
Let fresh_pos : 0 < d_fresh I.
Proof. unfold g in g_pos. lra. Qed.
Let B_pos : 0 < B.
Proof. now apply B_fresh_pos. Qed.
Let N_0_nonneg : 0 <= N_0.
Proof. apply mean_nonneg; [assert (H := known_root I); now destruct N_c | intros; apply d_nonneg]. Qed.

(* With omega bounded mu -> oo, the part of N_c in the softmax over N_{c+1} tends to 0, and
   mu ~ log t/(alpha s d_F). *)
Theorem carry_over_bounded_weight Omega : (forall t, 0 <= t -> omega t <= Omega) ->
  is_lim mu p_infty p_infty /\ is_lim (part I mu omega (a I)) p_infty 0 /\
  is_lim (fun t => mu t / ln t) p_infty (/ (k * d_fresh I)).
Proof.
  intros HO. assert (K := alpha_s_pos I).
  assert (Div : is_lim mu p_infty p_infty).
  { apply (escapes mu _ ends_mu).
    - intros t Ht. apply Rmult_le_pos; [left; apply ends_q_pos |]. apply sum_nonneg. intros v _.
      apply Rmult_le_pos; [apply d_nonneg | left; apply exp_pos].
    - intros level. set (Z := partition (V I) (xi_carry I level Omega)).
      assert (PZ : 0 < Z) by (apply partition_pos, V_inhabited).
      assert (PF : 0 < weigh I fresh (d I) (mu 0)).
      { apply Rlt_le_trans with (2 := has_top_d I fresh (d_fresh I) (mu 0) (max_of_nonneg I fresh)).
        apply Rmult_lt_0_compat; [| apply exp_pos]. apply Rmult_lt_0_compat; [easy | now apply m_fresh_pos]. }
      assert (C : 0 < rate * k * n_out I / (Z * Z)).
      { apply Rdiv_lt_0_compat; apply Rmult_lt_0_compat; try easy. now apply Rmult_lt_0_compat. }
      exists (rate * k * n_out I / (Z * Z) * weigh I fresh (d I) (mu 0)). split; [now apply Rmult_lt_0_compat |].
      intros t Ht Hle. apply Rmult_le_compat; [lra | lra | |].
      + apply (q_low I rate mu omega rate_pos some_out); [easy | apply HO; lra].
      + assert (W := S_d_fresh t ltac:(lra)). assert (A := S_a_pos t).
        assert (0 <= N_0 * S_a t) by (apply Rmult_le_pos; lra).
        assert (R := weigh_rises I fresh (d I) _ _ (d_nonneg I) (from_mu t ltac:(lra))). lra. }
  set (C := / B * exp (k * (Omega - omega 0))).
  assert (PC : 0 < C) by (apply Rmult_lt_0_compat; [now apply Rinv_0_lt_compat | apply exp_pos]).
  assert (Few : forall t, 0 <= t -> S_a t <= C * exp (- (k * g) * (mu t - mu 0)) * weigh I fresh (d I) (mu t)).
  { intros t Ht. assert (F := fresh_at_least t Ht). fold g in F. assert (A := S_a_pos t).
    set (y := exp (- k * beyond g mu omega t)) in *. assert (Py : 0 < y) by apply exp_pos.
    assert (Y : / y <= exp (k * (Omega - omega 0)) * exp (- (k * g) * (mu t - mu 0))).
    { unfold y. rewrite <- exp_Ropp, <- exp_plus. apply exp_le. unfold beyond.
      specialize (HO t Ht). apply (Rmult_le_compat_l k) in HO; lra. }
    assert (S : S_a t <= / B * (/ y * weigh I fresh (d I) (mu t))).
    { apply Rmult_le_reg_l with (B * y); [now apply Rmult_lt_0_compat |].
      replace (B * y * (/ B * (/ y * weigh I fresh (d I) (mu t)))) with (weigh I fresh (d I) (mu t)) by (field; lra). lra. }
    apply Rle_trans with (1 := S). unfold C. rewrite 2 (Rmult_assoc (/ B)).
    apply Rmult_le_compat_l; [left; now apply Rinv_0_lt_compat |].
    apply Rmult_le_compat_r; [apply fresh_nonneg, d_nonneg | exact Y]. }
  assert (Most : forall t, weigh I fresh (d I) (mu t) <= d_fresh I * weigh I fresh unit (mu t))
    by (intros t; apply weigh_d_at_most, d_fresh_at_most).
  split; [exact Div |]. split.
  - apply (fades_with _ mu (d_fresh I * C) (k * g)); [now apply Rmult_lt_0_compat | exact Div |].
    intros t Ht. assert (A := S_a_pos t). assert (PN := next_pos t). specialize (Few t Ht). specialize (Most t).
    assert (NV := next_value t). set (y := exp (- (k * g) * (mu t - mu 0))) in *. assert (Py : 0 < y) by apply exp_pos.
    change (part I mu omega (a I) t) with (S_a t / partition (next I) (x t)).
    split; [apply Rdiv_le_0_compat; lra |]. apply (proj2 (Rle_div_l _ _ _ PN)).
    apply Rle_trans with (1 := Few). assert (CY : 0 <= C * y) by (apply Rmult_le_pos; lra).
    apply Rle_trans with (C * y * (d_fresh I * partition (next I) (x t))); [| right; ring].
    apply Rmult_le_compat_l; [easy |]. apply Rle_trans with (1 := Most). apply Rmult_le_compat_l; lra.
  - apply (log_rate (k * d_fresh I) (/ (C + 1)) (d_fresh I) (m_fresh I * exp (k * (mu 0 * d_fresh I)))
      (partition (V I) (xi_carry I (mu 0) Omega))).
    + now apply Rmult_lt_0_compat.
    + apply Rinv_0_lt_compat. lra.
    + easy.
    + apply Rmult_lt_0_compat; [now apply m_fresh_pos | apply exp_pos].
    + apply partition_pos, V_inhabited.
    + intros t Ht. assert (A := S_a_pos t). assert (NV := next_value t). assert (FU := fresh_unit t).
      specialize (Few t ltac:(lra)). specialize (Most t). assert (W := S_d_fresh t ltac:(lra)).
      assert (F0 := fresh_nonneg (d I) t (d_nonneg I)).
      assert (Y1 : exp (- (k * g) * (mu t - mu 0)) <= 1).
      { rewrite <- exp_0. apply exp_le. assert (M := from_mu t ltac:(lra)).
        assert (0 <= k * g * (mu t - mu 0)) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra | lra]). lra. }
      assert (S1 : S_a t <= C * weigh I fresh (d I) (mu t)).
      { apply Rle_trans with (1 := Few). apply Rmult_le_compat_r; [easy |]. rewrite <- (Rmult_1_r C) at 2.
        apply Rmult_le_compat_l; lra. }
      split.
      * apply Rmult_le_reg_l with (C + 1); [lra |]. rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
        assert (0 <= N_0 * S_a t) by (apply Rmult_le_pos; lra).
        assert (Q : (C + 1) * weigh I fresh (d I) (mu t) <= (C + 1) * S_d t) by (apply Rmult_le_compat_l; lra). lra.
      * rewrite S_d_value. assert (SV := S_a_value t). assert (P := exp_pos (k * omega t)).
        assert (Wd := weigh_d_at_most I N_c (mu t) (d_known I) (d_known_at_most I)).
        apply (Rmult_le_compat_l (exp (k * omega t))) in Wd; [| lra].
        assert (X : exp (k * omega t) * weigh I N_c (d I) (mu t) <= d_known I * S_a t) by (rewrite SV; lra).
        assert (X2 : d_known I * S_a t <= d_fresh I * S_a t) by (apply Rmult_le_compat_r; unfold g in g_pos; lra).
        rewrite NV. lra.
    + intros t Ht. split.
      * assert (AV := all_value t). assert (NV := next_value t). assert (A := S_a_pos t).
        assert (H := has_top I fresh (d_fresh I) (mu t)). fold (m_fresh I) in H.
        apply Rle_trans with (weigh I fresh unit (mu t)); [| lra]. apply Rle_trans with (2 := H).
        rewrite Rmult_assoc, <- exp_plus. right. f_equal. f_equal. ring.
      * apply (all_at_most Omega 0 (d_fresh I) t); try (unfold g in g_pos; lra).
        specialize (HO t ltac:(lra)). lra.
Qed.

(* B = B(mu(0), omega(0)), F_N the mean in-degree over N_c at the start:  r g (F_N + B) > 1, and so
   r g B > 1, keeps omega bounded. *)
Theorem carry_over_spread : 1 < r * g * (F_N I (mu 0) + B) -> exists Omega, forall t, 0 <= t -> omega t <= Omega.
Proof.
  intros flat. fold N_0 in flat. assert (K := alpha_s_pos I).
  exists (omega 0 + / (r * B) / (k * (g - / (r * (N_0 + B))))). intros t Ht.
  assert (X : omega t - omega 0 <= / (r * B) / (k * (g - / (r * (N_0 + B))))); [| lra].
  refine (below_bounded k r (/ r * (rate * k)) g N_0 B mu omega _ _ K r_pos ends_mu ends_omega omega_speed
            (Rlt_le _ _ g_pos) N_0_nonneg (Rlt_le _ _ B_pos) _ flat t B_pos Ht).
  intros u Hu. assert (F := fresh_at_least u ltac:(lra)). fold g in F. assert (W := S_d_fresh u ltac:(lra)).
  assert (Q := ends_q_pos u).
  replace (r * (N_0 + B * exp (- k * beyond g mu omega u)) * (/ r * (q u * S_a u)))
    with (q u * ((N_0 + B * exp (- k * beyond g mu omega u)) * S_a u)) by (field; lra).
  apply Rmult_le_compat_l; lra.
Qed.

(* Where r g d_N >= 1, every path comes to where the premise of carry_over_spread holds. *)
Lemma spread_reached : 0 < d_known I -> 1 <= r * g * d_known I ->
  exists T, 0 <= T /\ 1 < r * g * (F_N I (mu T) + B_fresh I (mu T) (omega T)).
Proof.
  intros Hk H1. apply Classical_Prop.NNPP. intros No.
  assert (H : forall t, 0 <= t -> r * g * (F_N I (mu t) + B_fresh I (mu t) (omega t)) <= 1)
    by (intros t Ht; apply Rnot_lt_le; intros L; apply No; now exists t).
  assert (HN := known_mean_pos Hk). assert (L := lack_nonneg). assert (K := alpha_s_pos I).
  assert (RG : 0 < r * g) by now apply Rmult_lt_0_compat.
  assert (LN : 0 <= g * (lack / N_0)) by (apply Rmult_le_pos; [lra | apply Rdiv_le_0_compat; lra]).
  (* the path does not get far beyond the line of slope g, *)
  set (far := g * (lack / N_0) / k).
  assert (P : forall t, 0 <= t -> beyond g mu omega t <= far).
  { intros t Ht. assert (X := damped _ _ _ _ k (g * (lack / N_0)) (beyond_flow g mu omega _ _ ends_mu ends_omega) ends_mu K).
    cbv beta in X. rewrite beyond_0 in X.
    assert (Y : beyond g mu omega t - 0 <= g * (lack / N_0) / k); [| unfold far; lra].
    apply X; [easy | | easy]. intros u Hu. assert (D := S_d_deficit u HN ltac:(lra)).
    assert (Q := ends_q_pos u). assert (A := S_a_pos u).
    apply (Rmult_le_compat_l (g * q u)) in D; [| apply Rmult_le_pos; lra].
    assert (Ir : / r <= g * d_known I).
    { apply Rmult_le_reg_l with r; [easy |]. rewrite Rinv_r by lra. lra. }
    apply (Rmult_le_compat_r (q u * S_a u)) in Ir; [| apply Rmult_le_pos; lra]. lra. }
  (* so that B keeps a floor, which the mean in-degree over N_c leaves no room for. *)
  set (floor := B * exp (- k * far)). assert (Pf : 0 < floor) by (apply Rmult_lt_0_compat; [easy | apply exp_pos]).
  assert (F : forall t, 0 <= t -> floor <= lack * exp (- k * (mu t - mu 0))).
  { intros t Ht. assert (B1 := B_later t Ht). fold g in B1. specialize (P t Ht). specialize (H t Ht).
    assert (B2 : floor <= B * exp (- k * beyond g mu omega t)).
    { apply Rmult_le_compat_l; [lra |]. apply exp_le. apply (Rmult_le_compat_l k) in P; lra. }
    assert (D := known_deficit I (mu 0) (mu t) (from_mu t Ht)). fold lack in D.
    rewrite <- F_N_weigh in D. apply Rmult_le_reg_r in D; [| apply known_weigh_pos]. fold (F_N I (mu t)) in D.
    assert (S : r * g * (F_N I (mu t) + B_fresh I (mu t) (omega t)) <= r * g * d_known I) by lra.
    apply Rmult_le_reg_l in S; [| easy]. lra. }
  assert (Z : is_lim (fun t => lack * exp (- k * (mu t - mu 0))) p_infty 0).
  { apply (fades_with _ mu lack k K (later_mu_diverges Hk)). intros t Ht. split; [| lra].
    apply Rmult_le_pos; [easy | left; apply exp_pos]. }
  apply is_lim_spec in Z. destruct (Z (mkposreal _ Pf)) as [T HT].
  assert (T1 := Rmax_l 0 T). assert (T2 := Rmax_r 0 T).
  specialize (HT (Rmax 0 T + 1) ltac:(lra)). specialize (F (Rmax 0 T + 1) ltac:(lra)).
  simpl in HT. apply Rabs_def2 in HT. lra.
Qed.
End Spread.
End Ends.

(* ** From any time on *)
Lemma evolves_later f f' T : 0 <= T -> evolves f f' -> evolves (fun t => f (T + t)) (fun t => f' (T + t)).
Proof.
  intros HT E. split.
  - intros t Ht. replace (f' (T + t)) with (1 * f' (T + t)) by ring.
    apply (is_derive_comp (V := R_NormedModule) f (fun t => T + t)); [apply (proj1 E); lra |].
    auto_derive; [easy | ring].
  - assert (C := frozen_continuous f f' E T). rewrite Rplus_0_r. intros P HP.
    assert (HP' : locally (frozen f T) P) by now rewrite frozen_at.
    destruct (C P HP') as [eps He]. exists eps. intros y Hy Hy0.
    rewrite <- (frozen_at f (T + y)) by lra. apply He. change (Rabs (T + y - T) < eps).
    change (Rabs (y - 0) < eps) in Hy. now replace (T + y - T) with (y - 0) by ring.
Qed.

Lemma flow_later (I : instance) rate r mu omega T : 0 <= T -> carry_over_flow I rate r mu omega ->
  carry_over_flow I rate r (fun t => mu (T + t)) (fun t => omega (T + t)).
Proof. intros HT [M O]. split; [exact (evolves_later _ _ T HT M) | exact (evolves_later _ _ T HT O)]. Qed.

(* An edge joins two vertices of N_c, d_F > d_N and r (d_F - d_N) d_N >= 1:  omega stays bounded from every start. *)
Theorem carry_over_always (I : instance) (rate r : R) (mu omega : R -> R) :
  0 < rate -> 0 < r -> 0 < n_out I -> carry_over_flow I rate r mu omega ->
  0 < d_known I -> d_known I < d_fresh I -> 1 <= r * (d_fresh I - d_known I) * d_known I ->
  exists Omega, forall t, 0 <= t -> omega t <= Omega.
Proof.
  intros Hrate Hr Hout flow Hk Hg H.
  destruct (max_of_attained (filter (in_N I) (V I)) (d I) (fun v _ => d_nonneg I v)) as [e [He Ee]].
  { assert (X := known_root I). now destruct (filter (in_N I) (V I)). }
  fold (d_known I) in Ee. apply filter_In in He. destruct He as [He _]. assert (De : 0 < d I e) by lra.
  destruct (spread_reached I rate r mu omega e Hrate Hr Hout flow He De ltac:(lra) Hk H) as [T [HT P]].
  assert (L := flow_later I rate r mu omega T HT flow).
  destruct (carry_over_spread I rate r _ _ e Hrate Hr Hout L He De ltac:(lra)) as [Omega HO].
  { cbv beta. now rewrite Rplus_0_r. }
  exists Omega. intros t Ht. destruct (Rle_or_lt t T) as [Hle | Hlt].
  - apply Rle_trans with (omega T); [| specialize (HO 0 ltac:(lra)); cbv beta in HO; now rewrite Rplus_0_r in HO].
    apply (never_falls omega _ (ends_omega I rate r mu omega flow)); [| lra].
    intros s Hs. now apply (omega_speed I rate r mu omega).
  - specialize (HO (t - T) ltac:(lra)). cbv beta in HO. now replace (T + (t - T)) with t in HO by ring.
Qed.

(* With r (d_F - d_N) d_N < 1 the ends are decided by omega(0): the premises above hold from some weight on, and up
   to some weight. *)
Theorem carry_over_either (I : instance) (r m : R) : 0 < r -> d_known I < d_fresh I ->
  r * (d_fresh I - d_known I) * d_known I < 1 -> exists lo hi,
  (forall o, hi <= o -> r * Rmax 0 (d_fresh I - d_known I) * (d_known I + E_fresh I m o) < 1) /\
  (forall o, o <= lo -> 1 < r * (d_fresh I - d_known I) * (F_N I m + B_fresh I m o)).
Proof.
  intros Hr Hg H. assert (HK := max_of_nonneg I (filter (in_N I) (V I))). fold (d_known I) in HK.
  assert (RG : 0 < r * (d_fresh I - d_known I)) by (apply Rmult_lt_0_compat; lra).
  destruct (B_fresh_large I _ m RG ltac:(lra)) as [lo Hlo].
  destruct (E_fresh_small I _ m (Rlt_le _ _ RG) H) as [hi Hhi].
  exists lo, hi. split; intros o Ho.
  - rewrite Rmax_right by lra. now apply Hhi.
  - specialize (Hlo o Ho). assert (F : 0 <= F_N I m).
    { apply mean_nonneg; [assert (X := known_root I); now destruct (filter (in_N I) (V I)) | intros; apply d_nonneg]. }
    assert (0 <= r * (d_fresh I - d_known I) * F_N I m) by (apply Rmult_le_pos; lra). lra.
Qed.
