(* Scalar flows mu' = g(mu) whose velocity g falls with mu: all that Theorem 1(b) and its
   population version need to know about g. *)
From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis.
Open Scope R_scope.

Definition bounded (mu : R -> R) : Prop := exists B, forall t, 0 <= t -> Rabs (mu t) <= B.

Lemma unbounded_up mu : is_lim mu p_infty p_infty -> ~ bounded mu.
Proof.
  intros H [B HB]. apply is_lim_spec in H. destruct (H B) as [T HT].
  set (t := Rmax 0 T + 1). assert (A := Rmax_l 0 T). assert (A2 := Rmax_r 0 T).
  assert (X := HT t ltac:(unfold t; lra)). assert (Y := HB t ltac:(unfold t; lra)).
  assert (Z := Rle_abs (mu t)). lra.
Qed.

Lemma unbounded_down mu : is_lim mu p_infty m_infty -> ~ bounded mu.
Proof.
  intros H [B HB]. apply (unbounded_up (fun t => - mu t)).
  - replace p_infty with (Rbar_opp m_infty) at 2 by easy. now apply is_lim_opp.
  - exists B. intros t Ht. rewrite Rabs_Ropp. auto.
Qed.

Lemma between_near mu0 x y : Rmin mu0 x <= y <= Rmax mu0 x -> Rabs (y - x) <= Rabs (mu0 - x).
Proof.
  unfold Rmin, Rmax, Rabs. destruct (Rle_dec mu0 x), (Rcase_abs (y - x)), (Rcase_abs (mu0 - x)); lra.
Qed.

(* g has the derivative g1 everywhere, and g1 <= 0. *)
Section Falling.
Variables g g1 : R -> R.
Hypothesis D : forall x, is_derive g x (g1 x).

Lemma mean_value_everywhere x y : x < y -> exists c, x < c < y /\ g y - g x = g1 c * (y - x).
Proof.
  intros H. destruct (MVT_cor2 g g1 x y H) as [c [E Hc]].
  - intros c _. apply is_derive_Reals, D.
  - exists c. split; [lra | easy].
Qed.

Lemma nonincreasing : (forall x, g1 x <= 0) -> forall x y, x <= y -> g y <= g x.
Proof.
  intros N x y [H | <-]; [| lra].
  destruct (mean_value_everywhere x y H) as [c [Hc E]]. specialize (N c). nra.
Qed.

Lemma decreasing : (forall x, g1 x < 0) -> forall x y, x < y -> g y < g x.
Proof.
  intros N x y H. destruct (mean_value_everywhere x y H) as [c [Hc E]]. specialize (N c). nra.
Qed.

Lemma velocity_continuous : continuity g.
Proof. intros x. apply derivable_continuous_pt. exists (g1 x). apply is_derive_Reals, D. Qed.

(* A sign change of g brackets a zero. *)
Lemma zero_between x y : x <= y -> 0 <= g x -> g y <= 0 -> exists z, x <= z <= y /\ g z = 0.
Proof.
  intros H Hx Hy. destruct (IVT_gen g x y 0 velocity_continuous) as [z [Hz E]].
  - split; [apply Rle_trans with (g y); [apply Rmin_r | easy] |].
    apply Rle_trans with (g x); [easy | apply Rmax_l].
  - rewrite Rmin_left, Rmax_right in Hz by easy. now exists z.
Qed.

(* The slope of g is never steeper than L. *)
Variable L : R.
Hypothesis steep : forall x, - L <= g1 x <= 0.
Variable mu : R -> R.
Hypothesis flow : evolves mu (fun t => g (mu t)).

(* The velocity u(t) = g(mu(t)) solves the linear equation u' = g1(mu) u. *)
Lemma velocity_evolves : evolves (fun t => g (mu t)) (fun t => g1 (mu t) * g (mu t)).
Proof. now apply evolves_comp. Qed.

Lemma velocity_stays_positive : 0 < g (mu 0) -> forall t, 0 <= t -> 0 < g (mu t).
Proof.
  intros H. apply (keeps_positive (fun t => g (mu t)) (fun t => g1 (mu t)) L velocity_evolves);
    [intros; apply steep | easy].
Qed.

Lemma velocity_stays_negative : g (mu 0) < 0 -> forall t, 0 <= t -> g (mu t) < 0.
Proof.
  intros H. apply (keeps_negative (fun t => g (mu t)) (fun t => g1 (mu t)) L velocity_evolves);
    [intros; apply steep | easy].
Qed.

Lemma rest_stays : g (mu 0) = 0 -> forall t, 0 <= t -> mu t = mu 0.
Proof.
  intros H. apply (stands_still mu _ flow). intros t Ht.
  apply (keeps_zero (fun t => g (mu t)) (fun t => g1 (mu t)) 0 velocity_evolves);
    [intros; apply steep | easy | lra].
Qed.

Lemma increases : 0 < g (mu 0) -> forall s t, 0 <= s < t -> mu s < mu t.
Proof.
  intros H. apply (rises mu _ flow). intros t Ht. apply velocity_stays_positive; [easy | lra].
Qed.

Lemma decreases : g (mu 0) < 0 -> forall s t, 0 <= s < t -> mu t < mu s.
Proof.
  intros H. apply (falls mu _ flow). intros t Ht. apply velocity_stays_negative; [easy | lra].
Qed.

(* Two flows never move apart; in particular the start determines the flow. *)
Lemma non_expansive nu : evolves nu (fun t => g (nu t)) ->
  forall t, 0 <= t -> Rabs (mu t - nu t) <= Rabs (mu 0 - nu 0).
Proof.
  intros E t Ht. assert (Em := evolves_minus _ _ _ _ flow E).
  assert (G := grows_at_most _ _ (evolves_mult _ _ _ _ Em Em) 0). cbv beta in G.
  assert (X : (mu t - nu t) * (mu t - nu t) <= (mu 0 - nu 0) * (mu 0 - nu 0) + 0 * t).
  { apply G; [| easy]. intros u _.
    assert (N := nonincreasing (fun x => proj2 (steep x))).
    destruct (Rle_or_lt (mu u) (nu u)) as [H | H].
    - specialize (N _ _ H). nra.
    - specialize (N _ _ (Rlt_le _ _ H)). nra. }
  apply Rsqr_incr_0; [| apply Rabs_pos | apply Rabs_pos].
  rewrite <- 2 Rsqr_abs. unfold Rsqr. lra.
Qed.

(* A velocity that is positive everywhere carries mu to +oo, a negative one to -oo. *)
Lemma diverges_up : (forall x, 0 < g x) -> is_lim mu p_infty p_infty.
Proof.
  intros P. apply (escapes mu _ flow); [intros; left; apply P |].
  intros level. exists (g level). split; [apply P |].
  intros t _ Hle. apply nonincreasing; [intros; apply steep | easy].
Qed.

Lemma diverges_down : (forall x, g x < 0) -> is_lim mu p_infty m_infty.
Proof.
  intros P. apply (is_lim_ext (fun t => - (-1 * mu t))); [intros; ring |].
  replace m_infty with (Rbar_opp p_infty) by easy. apply is_lim_opp.
  assert (E := evolves_scal (-1) _ _ flow).
  apply (escapes _ _ E); [intros t _; specialize (P (mu t)); lra |].
  intros level. exists (- g (- level)). split; [specialize (P (- level)); lra |].
  intros t _ Hle. assert (g (mu t) <= g (- level)); [| lra].
  apply nonincreasing; [intros; apply steep | lra].
Qed.

(* With a zero mu_star of g, the flow stays between its start and mu_star. *)
Section Rest.
Variable mu_star : R.
Hypothesis rest : g mu_star = 0.

Lemma below_stays_below : 0 < g (mu 0) -> forall t, 0 <= t -> mu t < mu_star.
Proof.
  intros H t Ht. apply Rnot_le_lt. intros Hle.
  assert (P := velocity_stays_positive H t Ht).
  assert (g (mu t) <= g mu_star); [| lra].
  apply nonincreasing; [intros; apply steep | easy].
Qed.

Lemma above_stays_above : g (mu 0) < 0 -> forall t, 0 <= t -> mu_star < mu t.
Proof.
  intros H t Ht. apply Rnot_le_lt. intros Hle.
  assert (P := velocity_stays_negative H t Ht).
  assert (g mu_star <= g (mu t)); [| lra].
  apply nonincreasing; [intros; apply steep | easy].
Qed.

Lemma stays_between t : 0 <= t -> Rmin (mu 0) mu_star <= mu t <= Rmax (mu 0) mu_star.
Proof.
  intros Ht. destruct (Rtotal_order (g (mu 0)) 0) as [H | [H | H]].
  - assert (A := above_stays_above H t Ht). assert (B := Rmin_r (mu 0) mu_star).
    assert (C := Rmax_l (mu 0) mu_star).
    destruct Ht as [Ht | <-]; [| lra]. assert (X := decreases H 0 t ltac:(lra)). lra.
  - rewrite (rest_stays H t Ht). split; [apply Rmin_l | apply Rmax_l].
  - assert (A := below_stays_below H t Ht). assert (B := Rmin_l (mu 0) mu_star).
    assert (C := Rmax_r (mu 0) mu_star).
    destruct Ht as [Ht | <-]; [| lra]. assert (X := increases H 0 t ltac:(lra)). lra.
Qed.

Lemma stays_bounded t : 0 <= t -> Rabs (mu t) <= Rmax (Rabs (mu 0)) (Rabs mu_star).
Proof.
  intros Ht. assert (H := stays_between t Ht).
  unfold Rabs, Rmax, Rmin in *.
  destruct (Rle_dec (mu 0) mu_star), (Rcase_abs (mu 0)), (Rcase_abs (mu t)), (Rcase_abs mu_star);
    match goal with |- context [Rle_dec ?a ?b] => destruct (Rle_dec a b) end; lra.
Qed.

Lemma secant x : exists c, Rmin x mu_star <= c <= Rmax x mu_star /\ g x = g1 c * (x - mu_star).
Proof.
  destruct (Rtotal_order x mu_star) as [H | [-> | H]].
  - destruct (mean_value_everywhere _ _ H) as [c [Hc E]]. exists c.
    rewrite Rmin_left, Rmax_right by lra. split; lra.
  - exists mu_star. rewrite Rmin_left, Rmax_left by lra. split; lra.
  - destruct (mean_value_everywhere _ _ H) as [c [Hc E]]. exists c.
    rewrite Rmin_right, Rmax_left by lra. split; lra.
Qed.

(* If the slope of g is at most - r between the start and mu_star, then
   |mu(t) - mu_star| <= |mu(0) - mu_star| exp(- r t). *)
Lemma contracts r :
  (forall x, Rmin (mu 0) mu_star <= x <= Rmax (mu 0) mu_star -> g1 x <= - r) ->
  forall t, 0 <= t -> Rabs (mu t - mu_star) <= Rabs (mu 0 - mu_star) * exp (- r * t).
Proof.
  intros Hr t Ht.
  assert (E := evolves_minus _ _ _ _ flow (evolves_const mu_star)).
  assert (E2 := evolves_mult _ _ _ _ E E).
  assert (X := decays _ _ E2 (2 * r)). cbv beta in X.
  assert (Y : (mu t - mu_star) * (mu t - mu_star)
              <= (mu 0 - mu_star) * (mu 0 - mu_star) * exp (- (2 * r) * t)).
  { apply X; [| easy]. intros s Hs.
    destruct (secant (mu s)) as [c [Hc Ec]].
    assert (B := stays_between s ltac:(lra)).
    assert (Hc' : g1 c <= - r).
    { apply Hr. revert Hc B. unfold Rmin, Rmax.
      destruct (Rle_dec (mu 0) mu_star), (Rle_dec (mu s) mu_star); lra. }
    rewrite Ec. assert (0 <= (- r - g1 c) * ((mu s - mu_star) * (mu s - mu_star))); [| lra].
    apply Rmult_le_pos; [lra | apply Rle_0_sqr]. }
  assert (P := exp_pos (- r * t)).
  apply Rsqr_incr_0; [| apply Rabs_pos | apply Rmult_le_pos; [apply Rabs_pos | lra]].
  rewrite Rsqr_mult, <- 2 Rsqr_abs. unfold Rsqr. rewrite <- exp_plus.
  replace (- r * t + - r * t) with (- (2 * r) * t) by ring. exact Y.
Qed.

(* If g falls strictly, mu_star attracts every start. *)
Lemma attracts : (forall x, g1 x < 0) -> is_lim mu p_infty mu_star.
Proof.
  intros N. assert (Dec := decreasing N). apply is_lim_spec. intros eps.
  assert (He := cond_pos eps).
  destruct (Rtotal_order (g (mu 0)) 0) as [H | [H | H]].
  - set (v := - g (mu_star + eps)).
    assert (Hv : 0 < v) by (assert (g (mu_star + eps) < g mu_star) by (apply Dec; lra); unfold v; lra).
    exists (Rmax 0 ((- (mu_star + eps) - -1 * mu 0) / v)). intros t Ht.
    assert (A := Rmax_l 0 ((- (mu_star + eps) - -1 * mu 0) / v)).
    assert (B := Rmax_r 0 ((- (mu_star + eps) - -1 * mu 0) / v)).
    assert (S := above_stays_above H t ltac:(lra)).
    assert (Q : - (mu_star + eps) < -1 * mu t).
    { apply (passes _ _ (- (mu_star + eps)) v (evolves_scal (-1) _ _ flow)); [| easy | | lra | lra].
      - intros s Hs. assert (X := velocity_stays_negative H s ltac:(lra)). lra.
      - intros s Hs Hle. unfold v.
        assert (g (mu s) <= g (mu_star + eps)); [| lra].
        apply nonincreasing; [intros; apply steep | lra]. }
    rewrite Rabs_right; lra.
  - exists 0. intros t Ht. rewrite (rest_stays H t ltac:(lra)).
    replace (mu 0) with mu_star; [rewrite Rminus_eq_0, Rabs_R0; easy |].
    destruct (Rtotal_order (mu 0) mu_star) as [X | [X | X]]; [| easy |]; apply Dec in X; lra.
  - set (v := g (mu_star - eps)).
    assert (Hv : 0 < v) by (assert (g mu_star < g (mu_star - eps)) by (apply Dec; lra); unfold v; lra).
    exists (Rmax 0 ((mu_star - eps - mu 0) / v)). intros t Ht.
    assert (A := Rmax_l 0 ((mu_star - eps - mu 0) / v)).
    assert (B := Rmax_r 0 ((mu_star - eps - mu 0) / v)).
    assert (S := below_stays_below H t ltac:(lra)).
    assert (Q : mu_star - eps < mu t).
    { apply (passes _ _ (mu_star - eps) v flow); [| easy | | lra | lra].
      - intros s Hs. left. apply velocity_stays_positive; [easy | lra].
      - intros s Hs Hle. unfold v. apply nonincreasing; [intros; apply steep | lra]. }
    rewrite Rabs_left; lra.
Qed.
End Rest.
End Falling.

(* Any velocity with a continuous derivative: the flow is monotone. *)
Section Autonomous.
Variables g g1 : R -> R.
Hypothesis D : forall x, is_derive g x (g1 x).
Hypothesis smooth : continuity g1.
Variable mu : R -> R.
Hypothesis flow : evolves mu (fun t => g (mu t)).

(* Until T the slope of g along the flow is bounded. *)
Lemma slope_bounded T : 0 <= T -> exists L, forall t, 0 < t <= T -> - L <= g1 (mu t) <= L.
Proof.
  intros HT.
  assert (C : continuity (fun t => Rabs (g1 (frozen mu t)))).
  { intros t. apply (continuity_pt_comp (fun t => g1 (frozen mu t)) Rabs); [| apply Rcontinuity_abs].
    apply (continuity_pt_comp (frozen mu) g1); [| apply smooth].
    apply continuity_pt_filterlim, (frozen_continuous mu _ flow). }
  destruct (continuity_ab_maj (fun t => Rabs (g1 (frozen mu t))) 0 T HT (fun t _ => C t)) as [z [Hz _]].
  exists (Rabs (g1 (frozen mu z))). intros t Ht. specialize (Hz t ltac:(lra)). cbv beta in Hz.
  rewrite (frozen_at mu t) in Hz by lra. now apply Rabs_le_between.
Qed.

Theorem autonomous_monotone :
  (0 < g (mu 0) -> forall u t, 0 <= u < t -> mu u < mu t) /\
  (g (mu 0) < 0 -> forall u t, 0 <= u < t -> mu t < mu u) /\
  (g (mu 0) = 0 -> forall t, 0 <= t -> mu t = mu 0).
Proof.
  assert (E := velocity_evolves g g1 D mu flow).
  split; [| split]; intros H.
  - apply (rises mu _ flow). intros t Ht. destruct (slope_bounded t ltac:(lra)) as [L HL].
    apply (keeps_positive_until _ _ L t E); [intros x Hx; apply HL, Hx | easy | lra].
  - apply (falls mu _ flow). intros t Ht. destruct (slope_bounded t ltac:(lra)) as [L HL].
    apply (keeps_negative_until _ _ L t E); [intros x Hx; apply HL, Hx | easy | lra].
  - apply (stands_still mu _ flow). intros t Ht. destruct (slope_bounded t ltac:(lra)) as [L HL].
    apply (keeps_zero_until _ _ L t E); [intros x Hx; apply HL, Hx | easy | lra].
Qed.
End Autonomous.
