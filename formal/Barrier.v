(* Barriers: a quantity that turns back at a level stays on its side of it. *)
From Coq Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums.
Open Scope R_scope.

Lemma is_derive_positive_part_squared x : is_derive (fun y => Rmax 0 y ^ 2) x (2 * Rmax 0 x).
Proof.
  apply is_derive_Reals. intros eps He. exists (mkposreal eps He). simpl. intros h Hh Hle.
  apply Rle_lt_trans with (2 := Hle).
  assert (A : Rabs (Rmax 0 (x + h) ^ 2 - Rmax 0 x ^ 2 - 2 * Rmax 0 x * h) <= Rabs h * Rabs h).
  { rewrite <- Rabs_mult, (Rabs_right (h * h)) by nra. unfold Rmax.
    destruct (Rle_dec 0 (x + h)), (Rle_dec 0 x); unfold Rabs; destruct (Rcase_abs _); nra. }
  replace ((Rmax 0 (x + h) * (Rmax 0 (x + h) * 1) - Rmax 0 x * (Rmax 0 x * 1)) / h - 2 * Rmax 0 x)
    with ((Rmax 0 (x + h) ^ 2 - Rmax 0 x ^ 2 - 2 * Rmax 0 x * h) * / h) by (simpl; field; easy).
  assert (P := Rabs_pos_lt h Hh).
  rewrite Rabs_mult, (Rabs_inv h). apply Rmult_le_reg_r with (Rabs h); [easy |].
  rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

(* A quantity that does not fall while it is below the level L stays above min(w(0), L). *)
Lemma barrier_below w w' L : evolves w w' -> (forall t, 0 < t -> w t <= L -> 0 <= w' t) ->
  forall t, 0 <= t -> Rmin (w 0) L <= w t.
Proof.
  intros E H t Ht. set (m := Rmin (w 0) L).
  assert (E1 := evolves_minus _ _ _ _ (evolves_const m) E).
  assert (E2 := evolves_comp _ _ _ _ is_derive_positive_part_squared E1). cbv beta in E2.
  assert (G := grows_at_most _ _ E2 0). cbv beta in G.
  assert (X : Rmax 0 (m - w t) ^ 2 <= Rmax 0 (m - w 0) ^ 2 + 0 * t).
  { apply G; [| easy]. intros u Hu.
    destruct (Rle_or_lt m (w u)) as [Hm | Hm].
    - rewrite Rmax_left by lra. lra.
    - rewrite Rmax_right by lra. assert (HL : w u <= L) by (assert (Q := Rmin_r (w 0) L); fold m in Q; lra).
      specialize (H u Hu HL). nra. }
  assert (M := Rmin_l (w 0) L). fold m in M. rewrite (Rmax_left 0 (m - w 0)) in X by lra.
  apply Rnot_lt_le. intros L'. rewrite Rmax_right in X by lra. nra.
Qed.

Lemma barrier_above w w' U : evolves w w' -> (forall t, 0 < t -> U <= w t -> w' t <= 0) ->
  forall t, 0 <= t -> w t <= Rmax (w 0) U.
Proof.
  intros E H t Ht.
  assert (X : Rmin (-1 * w 0) (- U) <= -1 * w t).
  { apply (barrier_below _ _ (- U) (evolves_scal (-1) _ _ E)); [| easy].
    intros u Hu Hle. assert (Y := H u Hu ltac:(lra)). lra. }
  revert X. unfold Rmin, Rmax. destruct (Rle_dec (-1 * w 0) (- U)), (Rle_dec (w 0) U); lra.
Qed.

Lemma evolves_sum {A} (l : list A) (f f' : A -> R -> R) :
  (forall v, In v l -> evolves (f v) (f' v)) ->
  evolves (fun t => sum l (fun v => f v t)) (fun t => sum l (fun v => f' v t)).
Proof.
  induction l as [| v l IH]; intros H; cbn [sum]; [apply evolves_const |].
  apply evolves_plus; [apply H; now left | apply IH; intros; apply H; now right].
Qed.

(* A quantity that leaves 0 downwards no faster than an exponential does not leave it. *)
Lemma barrier_zero w w' L : evolves w w' -> (forall t, 0 < t -> w t <= 0 -> L * w t <= w' t) -> 0 <= w 0 ->
  forall t, 0 <= t -> 0 <= w t.
Proof.
  intros E H H0 t Ht.
  assert (E2 := evolves_comp _ _ _ _ is_derive_positive_part_squared (evolves_scal (-1) _ _ E)). cbv beta in E2.
  assert (D := decays _ _ E2 (- (2 * L))). cbv beta in D.
  assert (X : Rmax 0 (-1 * w t) ^ 2 <= Rmax 0 (-1 * w 0) ^ 2 * exp (- - (2 * L) * t)).
  { apply D; [| easy]. intros u Hu. destruct (Rle_or_lt 0 (w u)) as [Hw | Hw].
    - rewrite Rmax_left by lra. lra.
    - rewrite Rmax_right by lra. specialize (H u Hu ltac:(lra)).
      assert (Q : 0 <= - w u * (w' u - L * w u)) by (apply Rmult_le_pos; lra). lra. }
  rewrite (Rmax_left 0 (-1 * w 0)) in X by lra.
  apply Rnot_lt_le. intros L'. rewrite Rmax_right in X by lra.
  assert (0 < (-1 * w t) ^ 2) by (apply pow_lt; lra). lra.
Qed.
