(* The path of two logits that increase together, and on which side of a line it stays. *)
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Barrier.
Open Scope R_scope.

Lemma compare f f' h h' : evolves f f' -> evolves h h' -> (forall t, 0 < t -> f' t <= h' t) ->
  forall t, 0 <= t -> f t - f 0 <= h t - h 0.
Proof.
  intros F H C t Ht.
  assert (X := never_falls _ _ (evolves_minus _ _ _ _ H F)). cbv beta in X.
  assert (Y : h 0 - f 0 <= h t - f t); [| lra].
  apply X; [| lra]. intros u Hu. specialize (C u Hu). lra.
Qed.

(* f' <= C e^{- p (h - h(0))} h' with h' >= 0:  f gains at most C/p. *)
Lemma damped f f' h h' p C : evolves f f' -> evolves h h' -> 0 < p -> 0 <= C ->
  (forall t, 0 < t -> f' t <= C * exp (- p * (h t - h 0)) * h' t) ->
  forall t, 0 <= t -> f t - f 0 <= C / p.
Proof.
  intros F H Hp HC B t Ht. set (g := fun t => exp (- p * (h t - h 0))).
  assert (G := evolves_scal (- (C / p)) _ _
    (evolves_exp _ _ (evolves_scal (- p) _ _ (evolves_minus _ _ _ _ H (evolves_const (h 0)))))).
  assert (X := compare _ _ _ _ F G). cbv beta in X. fold (g t) in X.
  assert (G0 : exp (- p * (h 0 - h 0)) = 1) by (rewrite Rminus_eq_0, Rmult_0_r; apply exp_0).
  assert (Y : f t - f 0 <= - (C / p) * g t - - (C / p) * exp (- p * (h 0 - h 0))).
  { apply X; [| easy]. intros u Hu. specialize (B u Hu).
    replace (- (C / p) * (exp (- p * (h u - h 0)) * (- p * (h' u - 0))))
      with (C * exp (- p * (h u - h 0)) * h' u) by (field; lra). exact B. }
  rewrite G0 in Y. assert (P : 0 < g t) by apply exp_pos.
  assert (Q : 0 <= C / p) by (apply Rdiv_le_0_compat; lra).
  assert (0 <= C / p * g t) by (apply Rmult_le_pos; lra). lra.
Qed.

Section Plane.
Variables (k r speed g N E : R) (mu omega mu' omega' : R -> R).
Hypothesis k_pos : 0 < k.
Hypothesis r_pos : 0 < r.
Hypothesis mu_flow : evolves mu mu'.
Hypothesis omega_flow : evolves omega omega'.
Hypothesis omega_rises : forall t, 0 < t -> 0 <= omega' t <= speed.
Hypothesis g_nonneg : 0 <= g.
Hypothesis N_nonneg : 0 <= N.
Hypothesis E_nonneg : 0 <= E.

(* How far the path is beyond the line of slope g through its start. *)
Definition beyond (t : R) : R := omega t - omega 0 - g * (mu t - mu 0).

Lemma beyond_flow : evolves beyond (fun t => omega' t - g * mu' t).
Proof.
  eapply evolves_ext; [| | exact (evolves_minus _ _ _ _ (evolves_minus _ _ _ _ omega_flow (evolves_const (omega 0)))
    (evolves_scal g _ _ (evolves_minus _ _ _ _ mu_flow (evolves_const (mu 0)))))]; intros; unfold beyond; ring.
Qed.

Lemma beyond_0 : beyond 0 = 0.
Proof. unfold beyond. ring. Qed.

Lemma exp_beyond t : exp (k * beyond t) * exp (- k * beyond t) = 1.
Proof. rewrite <- exp_plus, <- exp_0. f_equal. ring. Qed.

(* dmu/domega <= r (N + E e^{- k beyond}) with r g (N + E) < 1:  the path stays beyond the line. *)
Section Above.
Hypothesis slope : forall t, 0 < t -> mu' t <= r * (N + E * exp (- k * beyond t)) * omega' t.
Hypothesis steep : r * g * (N + E) < 1.

Lemma above_line t : 0 <= t -> 0 <= beyond t.
Proof.
  intros Ht. assert (B := evolves_exp _ _ (evolves_scal k _ _ beyond_flow)).
  assert (W := evolves_minus _ _ _ _ B (evolves_const 1)). cbv beta in W.
  assert (X : 0 <= exp (k * beyond t) - 1).
  { apply (barrier_zero _ _ (k * speed) W); [| rewrite beyond_0, Rmult_0_r, exp_0; lra | easy].
    intros u Hu Hle. cbv beta in *. set (y := exp (k * beyond u)) in *.
    assert (Py : 0 < y) by apply exp_pos. assert (Y := exp_beyond u). fold y in Y.
    specialize (slope u Hu). destruct (omega_rises u Hu) as [O1 O2].
    assert (RG : 0 <= r * g) by (apply Rmult_le_pos; lra).
    assert (S1 : g * (y * mu' u) <= r * g * (N * y + E) * omega' u).
    { assert (Z : y * mu' u <= y * (r * (N + E * exp (- k * beyond u)) * omega' u)) by (apply Rmult_le_compat_l; lra).
      apply (Rmult_le_compat_l g) in Z; [| easy].
      replace (g * (y * (r * (N + E * exp (- k * beyond u)) * omega' u)))
        with (r * g * (N * y + E * (y * exp (- k * beyond u))) * omega' u) in Z by ring.
      rewrite Y in Z. lra. }
    assert (S2 : omega' u * (y - 1) <= omega' u * (y - r * g * (N * y + E))).
    { apply Rmult_le_compat_l; [easy |].
      assert (r * g * N * y <= r * g * N * 1) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | lra]). lra. }
    assert (S3 : speed * (y - 1) <= omega' u * (y - 1)) by (assert (0 <= (speed - omega' u) * (1 - y)) by (apply Rmult_le_pos; lra); lra).
    assert (S4 : speed * (y - 1) <= y * (omega' u - g * mu' u)) by lra.
    apply (Rmult_le_compat_l k) in S4; lra. }
  assert (exp 0 <= exp (k * beyond t)) by (rewrite exp_0; lra).
  assert (Q : 0 <= k * beyond t) by (apply Rnot_lt_le; intros L; apply exp_increasing in L; lra).
  apply Rmult_le_reg_l with k; [easy |]. lra.
Qed.

Lemma above_slope t : 0 < t -> mu' t <= r * (N + E) * omega' t.
Proof.
  intros Ht. apply Rle_trans with (1 := slope t Ht). apply Rmult_le_compat_r; [now apply omega_rises |].
  apply Rmult_le_compat_l; [lra |]. apply Rplus_le_compat_l. rewrite <- (Rmult_1_r E) at 2.
  apply Rmult_le_compat_l; [easy |]. rewrite <- exp_0. apply exp_le.
  assert (B := above_line t ltac:(lra)). assert (0 <= k * beyond t) by (apply Rmult_le_pos; lra). lra.
Qed.

Lemma above_mu t : 0 <= t -> mu t - mu 0 <= r * (N + E) * (omega t - omega 0).
Proof.
  intros Ht. assert (X := compare _ _ _ _ mu_flow (evolves_scal (r * (N + E)) _ _ omega_flow) above_slope t Ht).
  cbv beta in X. lra.
Qed.

(* Further beyond it for ever. *)
Lemma above_gains t : 0 <= t -> (1 - r * g * (N + E)) * (omega t - omega 0) <= beyond t.
Proof.
  intros Ht. assert (X := compare _ _ _ _ (evolves_scal (1 - r * g * (N + E)) _ _ omega_flow) beyond_flow).
  cbv beta in X. rewrite beyond_0 in X.
  assert (Y : (1 - r * g * (N + E)) * omega t - (1 - r * g * (N + E)) * omega 0 <= beyond t - 0); [| lra].
  apply X; [| easy]. intros u Hu. assert (S := above_slope u Hu).
  apply (Rmult_le_compat_l g) in S; lra.
Qed.

(* mu - r N omega stays bounded from above. *)
Lemma above_lag t : 0 <= t ->
  mu t - mu 0 - r * N * (omega t - omega 0) <= r * E / (k * (1 - r * g * (N + E))).
Proof.
  intros Ht. set (rest := 1 - r * g * (N + E)).
  assert (X := damped _ _ _ _ (k * rest) (r * E)
    (evolves_minus _ _ _ _ mu_flow (evolves_scal (r * N) _ _ omega_flow)) omega_flow).
  cbv beta in X.
  assert (Y : mu t - r * N * omega t - (mu 0 - r * N * omega 0) <= r * E / (k * rest)); [| lra].
  apply X; [apply Rmult_lt_0_compat; unfold rest; lra | apply Rmult_le_pos; lra | | easy].
  intros u Hu. assert (B := above_gains u ltac:(lra)). fold rest in B.
  specialize (slope u Hu). destruct (omega_rises u Hu) as [O _].
  assert (D : exp (- k * beyond u) <= exp (- (k * rest) * (omega u - omega 0))).
  { apply exp_le. apply (Rmult_le_compat_l k) in B; lra. }
  assert (Z : r * E * (exp (- k * beyond u) * omega' u) <= r * E * (exp (- (k * rest) * (omega u - omega 0)) * omega' u)).
  { apply Rmult_le_compat_l; [apply Rmult_le_pos; lra |]. now apply Rmult_le_compat_r. }
  lra.
Qed.
End Above.

(* dmu/domega >= r (N + E e^{- k beyond}) with r g (N + E) > 1:  the path stays below the line. *)
Section Below.
Hypothesis slope : forall t, 0 < t -> r * (N + E * exp (- k * beyond t)) * omega' t <= mu' t.
Hypothesis flat : 1 < r * g * (N + E).

Lemma below_line t : 0 <= t -> beyond t <= 0.
Proof.
  intros Ht. assert (B := evolves_exp _ _ (evolves_scal k _ _ beyond_flow)).
  assert (W := evolves_minus _ _ _ _ (evolves_const 1) B). cbv beta in W.
  assert (X : 0 <= 1 - exp (k * beyond t)).
  { apply (barrier_zero _ _ (k * speed) W); [| rewrite beyond_0, Rmult_0_r, exp_0; lra | easy].
    intros u Hu Hle. cbv beta in *. set (y := exp (k * beyond u)) in *.
    assert (Py : 0 < y) by apply exp_pos. assert (Y := exp_beyond u). fold y in Y.
    specialize (slope u Hu). destruct (omega_rises u Hu) as [O1 O2].
    assert (RG : 0 <= r * g) by (apply Rmult_le_pos; lra).
    assert (S1 : r * g * (N * y + E) * omega' u <= g * (y * mu' u)).
    { assert (Z : y * (r * (N + E * exp (- k * beyond u)) * omega' u) <= y * mu' u) by (apply Rmult_le_compat_l; lra).
      apply (Rmult_le_compat_l g) in Z; [| easy].
      replace (g * (y * (r * (N + E * exp (- k * beyond u)) * omega' u)))
        with (r * g * (N * y + E * (y * exp (- k * beyond u))) * omega' u) in Z by ring.
      rewrite Y in Z. lra. }
    assert (S2 : omega' u * (1 - y) <= omega' u * (r * g * (N * y + E) - y)).
    { apply Rmult_le_compat_l; [easy |].
      assert (r * g * N * 1 <= r * g * N * y) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra | lra]). lra. }
    assert (S3 : speed * (1 - y) <= omega' u * (1 - y)) by (assert (0 <= (speed - omega' u) * (y - 1)) by (apply Rmult_le_pos; lra); lra).
    assert (S4 : speed * (1 - y) <= y * (g * mu' u - omega' u)) by lra.
    apply (Rmult_le_compat_l k) in S4; lra. }
  assert (exp (k * beyond t) <= exp 0) by (rewrite exp_0; lra).
  assert (Q : k * beyond t <= 0) by (apply Rnot_lt_le; intros L; apply exp_increasing in L; lra).
  apply Rmult_le_reg_l with k; [easy |]. lra.
Qed.

Let sum_pos : 0 < r * (N + E).
Proof.
  apply Rmult_lt_0_compat; [easy |]. assert (X : N + E <> 0) by (intros Z; rewrite Z in flat; lra). lra.
Qed.

Lemma below_slope t : 0 < t -> r * (N + E) * omega' t <= mu' t.
Proof.
  intros Ht. apply Rle_trans with (2 := slope t Ht). apply Rmult_le_compat_r; [now apply omega_rises |].
  apply Rmult_le_compat_l; [lra |]. apply Rplus_le_compat_l. rewrite <- (Rmult_1_r E) at 1.
  apply Rmult_le_compat_l; [easy |]. rewrite <- exp_0. apply exp_le.
  assert (B := below_line t ltac:(lra)). assert (0 <= k * - beyond t) by (apply Rmult_le_pos; lra). lra.
Qed.

Let lead : R := g - / (r * (N + E)).
Let lead_pos : 0 < lead.
Proof.
  unfold lead. assert (/ (r * (N + E)) < g); [| lra].
  apply Rmult_lt_reg_l with (r * (N + E)); [easy |]. rewrite Rinv_r by lra. lra.
Qed.

(* Further below it for ever. *)
Lemma below_gains t : 0 <= t -> beyond t <= - lead * (mu t - mu 0).
Proof.
  intros Ht. assert (X := compare _ _ _ _ beyond_flow (evolves_scal (- lead) _ _ mu_flow)).
  cbv beta in X. rewrite beyond_0 in X.
  assert (Y : beyond t - 0 <= - lead * mu t - - lead * mu 0); [| lra].
  apply X; [| easy]. intros u Hu. assert (S := below_slope u Hu).
  apply (Rmult_le_compat_l (/ (r * (N + E)))) in S; [| left; now apply Rinv_0_lt_compat].
  rewrite <- Rmult_assoc, Rinv_l, Rmult_1_l in S by lra. unfold lead. lra.
Qed.

(* omega stays bounded. *)
Lemma below_bounded t : 0 < E -> 0 <= t -> omega t - omega 0 <= / (r * E) / (k * lead).
Proof.
  intros PE Ht. assert (RE : 0 < r * E) by now apply Rmult_lt_0_compat.
  apply (damped _ _ _ _ (k * lead) (/ (r * E)) omega_flow mu_flow);
    [now apply Rmult_lt_0_compat | left; now apply Rinv_0_lt_compat | | easy].
  intros u Hu. assert (B := below_gains u ltac:(lra)).
  specialize (slope u Hu). destruct (omega_rises u Hu) as [O _].
  assert (S : exp (- k * beyond u) * omega' u <= / (r * E) * mu' u).
  { apply Rmult_le_reg_l with (r * E); [easy |]. rewrite <- (Rmult_assoc _ (/ (r * E))), Rinv_r, Rmult_1_l by lra.
    assert (0 <= r * N * omega' u) by (apply Rmult_le_pos; [apply Rmult_le_pos |]; lra). lra. }
  assert (Mu : 0 <= / (r * E) * mu' u).
  { apply Rle_trans with (2 := S). apply Rmult_le_pos; [left; apply exp_pos | easy]. }
  assert (D : exp (k * beyond u) <= exp (- (k * lead) * (mu u - mu 0))).
  { apply exp_le. apply (Rmult_le_compat_l k) in B; lra. }
  apply (Rmult_le_compat_l (exp (k * beyond u))) in S; [| left; apply exp_pos].
  rewrite <- Rmult_assoc, exp_beyond, Rmult_1_l in S.
  apply (Rmult_le_compat_r _ _ _ Mu) in D. lra.
Qed.
End Below.
End Plane.
