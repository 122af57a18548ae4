(* Functions on the half-line [0, oo): what can be read off a derivative.

   [evolves f f'] says that f is differentiable at every t > 0 with derivative f' t and is
   continuous from the right at 0. That is all that the theorems ask of a trained quantity:
   nothing is said about t < 0, and no existence theorem is used. *)
From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

Definition evolves (f f' : R -> R) : Prop :=
  (forall t, 0 < t -> is_derive f t (f' t)) /\
  filterlim f (at_right 0) (locally (f 0)).

(* The function frozen before time 0 is continuous on the whole line. *)
Definition frozen (f : R -> R) (t : R) : R := f (Rmax 0 t).

Lemma frozen_at f t : 0 <= t -> frozen f t = f t.
Proof. intros H. unfold frozen. now rewrite Rmax_right. Qed.

Lemma frozen_continuous f f' : evolves f f' -> forall t, continuous (frozen f) t.
Proof.
  intros [D C] t.
  destruct (Rtotal_order t 0) as [Ht | [-> | Ht]].
  - apply (continuous_ext_loc _ (fun _ => f 0)).
    + exists (mkposreal (- t) ltac:(lra)). intros y Hy.
      change (Rabs (y - t) < - t) in Hy. apply Rabs_def2 in Hy.
      unfold frozen. now rewrite Rmax_left by lra.
    + apply continuous_const.
  - intros P [eps HP]. unfold frozen in HP. rewrite Rmax_left in HP by lra.
    destruct (C (ball (f 0) eps)) as [del Hdel]; [now exists eps |].
    exists del. intros y Hy. unfold frozen.
    destruct (Rle_or_lt y 0) as [Hy0 | Hy0].
    + rewrite Rmax_left by lra. apply HP, ball_center.
    + rewrite Rmax_right by lra. apply HP, Hdel; auto.
  - apply (continuous_ext_loc _ f).
    + exists (mkposreal t Ht). intros y Hy.
      change (Rabs (y - t) < t) in Hy. apply Rabs_def2 in Hy.
      unfold frozen. now rewrite Rmax_right by lra.
    + apply (ex_derive_continuous (V := R_NormedModule)). exists (f' t). now apply D.
Qed.

(* ** The algebra of evolving quantities *)

Lemma evolves_ext f g f' g' :
  (forall t, f t = g t) -> (forall t, 0 < t -> f' t = g' t) -> evolves f f' -> evolves g g'.
Proof.
  intros E E' [D C]. split.
  - intros t Ht. rewrite <- (E' t Ht). apply (is_derive_ext f); auto.
  - rewrite <- (E 0). eapply filterlim_ext; [exact E | exact C].
Qed.

Lemma evolves_const c : evolves (fun _ => c) (fun _ => 0).
Proof.
  split; [intros; apply (is_derive_const (V := R_NormedModule)) | apply filterlim_const].
Qed.

Lemma evolves_diff g g' : (forall x, is_derive g x (g' x)) -> evolves g g'.
Proof.
  intros D. split; [auto |].
  assert (C : continuous g 0).
  { apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply D. }
  intros P HP. destruct (C P HP) as [eps He]. exists eps. intros y Hy _. now apply He.
Qed.

Lemma evolves_comp g g' f f' :
  (forall x, is_derive g x (g' x)) -> evolves f f' ->
  evolves (fun t => g (f t)) (fun t => g' (f t) * f' t).
Proof.
  intros Dg [D C]. split.
  - intros t Ht. rewrite Rmult_comm. apply (is_derive_comp (V := R_NormedModule) g f); auto.
  - eapply filterlim_comp; [exact C |].
    apply (ex_derive_continuous (V := R_NormedModule)). eexists; apply Dg.
Qed.

Lemma evolves_plus f f' g g' :
  evolves f f' -> evolves g g' -> evolves (fun t => f t + g t) (fun t => f' t + g' t).
Proof.
  intros [D C] [D2 C2]. split.
  - intros t Ht. apply (is_derive_plus (V := R_NormedModule)); auto.
  - apply (filterlim_comp_2 _ _ Rplus C C2).
    apply (filterlim_plus (V := R_NormedModule) (f 0) (g 0)).
Qed.

Lemma evolves_mult f f' g g' :
  evolves f f' -> evolves g g' ->
  evolves (fun t => f t * g t) (fun t => f' t * g t + f t * g' t).
Proof.
  intros [D C] [D2 C2]. split.
  - intros t Ht. apply (is_derive_mult f g t (f' t) (g' t)); auto. intros; apply Rmult_comm.
  - apply (filterlim_comp_2 _ _ Rmult C C2).
    apply (filterlim_mult (K := R_AbsRing) (f 0) (g 0)).
Qed.

Lemma evolves_scal c f f' : evolves f f' -> evolves (fun t => c * f t) (fun t => c * f' t).
Proof.
  intros E. eapply evolves_ext; [| | exact (evolves_mult _ _ _ _ (evolves_const c) E)];
    intros; simpl; ring.
Qed.

Lemma evolves_minus f f' g g' :
  evolves f f' -> evolves g g' -> evolves (fun t => f t - g t) (fun t => f' t - g' t).
Proof.
  intros E1 E2.
  eapply evolves_ext; [| | exact (evolves_plus _ _ _ _ E1 (evolves_scal (-1) _ _ E2))];
    intros; simpl; ring.
Qed.

Lemma evolves_exp f f' : evolves f f' -> evolves (fun t => exp (f t)) (fun t => exp (f t) * f' t).
Proof. apply (evolves_comp exp exp). intros x. apply is_derive_Reals, derivable_pt_lim_exp. Qed.

Lemma evolves_exp_linear r : evolves (fun t => exp (r * t)) (fun t => r * exp (r * t)).
Proof.
  apply evolves_diff. intros x. auto_derive; [easy | ring].
Qed.

(* ** Monotone quantities *)

Lemma mean_value f f' : evolves f f' -> forall s t, 0 <= s < t ->
  exists c, s < c /\ c <= t /\ f t - f s = f' c * (t - s).
Proof.
  intros E s t Hst.
  assert (Hf := frozen_continuous f f' E). destruct E as [D _].
  (* the mean value theorem with the derivative known inside only *)
  assert (Dfr : forall c, s < c < t -> derivable_pt (frozen f) c).
  { intros c Hc. exists (f' c). apply is_derive_Reals. apply (is_derive_ext_loc f).
    - exists (mkposreal c ltac:(lra)). intros y Hy.
      change (Rabs (y - c) < c) in Hy. apply Rabs_def2 in Hy. symmetry. apply frozen_at; lra.
    - apply D; lra. }
  assert (Did : forall c, s < c < t -> derivable_pt id c) by (intros; apply derivable_pt_id).
  destruct (MVT (frozen f) id s t Dfr Did) as [c [Pc H]].
  - lra.
  - intros c _. apply continuity_pt_filterlim, Hf.
  - intros c _. apply derivable_continuous_pt, derivable_pt_id.
  - exists c. split; [lra | split; [lra |]].
    rewrite 2 frozen_at in H by lra. change (id t) with t in H. change (id s) with s in H.
    assert (E1 : derive_pt (frozen f) c (Dfr c Pc) = f' c).
    { apply derive_pt_eq_0. apply is_derive_Reals. apply (is_derive_ext_loc f).
      - exists (mkposreal c ltac:(lra)). intros y Hy.
        change (Rabs (y - c) < c) in Hy. apply Rabs_def2 in Hy. symmetry. apply frozen_at; lra.
      - apply D; lra. }
    assert (E2 : derive_pt id c (Did c Pc) = 1) by (apply derive_pt_eq_0, derivable_pt_lim_id).
    rewrite E1, E2 in H. lra.
Qed.

Section Monotone.
Variables f f' : R -> R.
Hypothesis E : evolves f f'.

Lemma grows_at_least b : (forall t, 0 < t -> b <= f' t) -> forall t, 0 <= t -> f 0 + b * t <= f t.
Proof.
  intros H t [Ht | <-]; [| lra].
  destruct (mean_value f f' E 0 t) as [c [H1 [H2 H3]]]; [lra |].
  assert (b <= f' c) by (apply H; lra). nra.
Qed.

Lemma grows_at_most b : (forall t, 0 < t -> f' t <= b) -> forall t, 0 <= t -> f t <= f 0 + b * t.
Proof.
  intros H t [Ht | <-]; [| lra].
  destruct (mean_value f f' E 0 t) as [c [H1 [H2 H3]]]; [lra |].
  assert (f' c <= b) by (apply H; lra). nra.
Qed.

Lemma grows_at_least_until b T : (forall t, 0 < t <= T -> b <= f' t) -> 0 <= T -> f 0 + b * T <= f T.
Proof.
  intros H [Ht | <-]; [| lra].
  destruct (mean_value f f' E 0 T) as [c [H1 [H2 H3]]]; [lra |].
  assert (b <= f' c) by (apply H; lra). nra.
Qed.

Lemma never_falls : (forall t, 0 < t -> 0 <= f' t) -> forall s t, 0 <= s <= t -> f s <= f t.
Proof.
  intros H s t [Hs [Ht | <-]]; [| lra].
  destruct (mean_value f f' E s t) as [c [H1 [H2 H3]]]; [lra |].
  assert (0 <= f' c) by (apply H; lra). nra.
Qed.

Lemma rises : (forall t, 0 < t -> 0 < f' t) -> forall s t, 0 <= s < t -> f s < f t.
Proof.
  intros H s t [Hs Ht].
  destruct (mean_value f f' E s t) as [c [H1 [H2 H3]]]; [lra |].
  assert (0 < f' c) by (apply H; lra). nra.
Qed.

Lemma falls : (forall t, 0 < t -> f' t < 0) -> forall s t, 0 <= s < t -> f t < f s.
Proof.
  intros H s t [Hs Ht].
  destruct (mean_value f f' E s t) as [c [H1 [H2 H3]]]; [lra |].
  assert (f' c < 0) by (apply H; lra). nra.
Qed.

Lemma stands_still : (forall t, 0 < t -> f' t = 0) -> forall t, 0 <= t -> f t = f 0.
Proof.
  intros H t [Ht | <-]; [| easy].
  destruct (mean_value f f' E 0 t) as [c [H1 [H2 H3]]]; [lra |].
  rewrite H in H3 by lra. lra.
Qed.

(* f' <= - r f gives f(t) <= f(0) exp(- r t). *)
Lemma decays_until r t : (forall u, 0 < u <= t -> f' u <= - r * f u) ->
  0 <= t -> f t <= f 0 * exp (- r * t).
Proof.
  intros H Ht.
  assert (Eh := evolves_mult _ _ _ _ E (evolves_exp_linear r)).
  assert (B : f t * exp (r * t) <= f 0).
  { destruct Ht as [Ht | <-]; [| rewrite Rmult_0_r, exp_0; lra].
    destruct (mean_value _ _ Eh 0 t) as [c [H1 [H2 H3]]]; [lra |].
    assert (Hc := H c (conj H1 H2)). assert (P := exp_pos (r * c)).
    rewrite Rmult_0_r, exp_0 in H3. cbv beta in H3.
    assert (Q : (f' c + r * f c) * exp (r * c) <= 0) by nra.
    assert ((f' c + r * f c) * exp (r * c) * t <= 0) by nra. lra. }
  assert (P := exp_pos (- r * t)).
  replace (f t) with (f t * exp (r * t) * exp (- r * t)).
  - apply Rmult_le_compat_r; lra.
  - rewrite Rmult_assoc, <- exp_plus. replace (r * t + - r * t) with 0 by ring. rewrite exp_0. ring.
Qed.

Lemma decays r : (forall t, 0 < t -> f' t <= - r * f t) ->
  forall t, 0 <= t -> f t <= f 0 * exp (- r * t).
Proof. intros H t. apply decays_until. intros u Hu. apply H, Hu. Qed.
End Monotone.

(* A linear equation u' = p u with p bounded below never changes the sign of u. *)
Lemma square_survives u p L t : evolves u (fun t => p t * u t) ->
  (forall x, 0 < x <= t -> - L <= p x) -> 0 <= t -> u 0 ^ 2 * exp (- (2 * L) * t) <= u t ^ 2.
Proof.
  intros E H Ht.
  assert (E2 := evolves_scal (-1) _ _ (evolves_mult _ _ _ _ E E)).
  assert (D := decays_until _ _ E2 (2 * L) t).
  assert (X : -1 * (u t * u t) <= -1 * (u 0 * u 0) * exp (- (2 * L) * t)).
  { apply D; [| easy]. intros s Hs. assert (Hp := H s Hs). cbv beta.
    assert (0 <= (p s + L) * (u s * u s)) by (apply Rmult_le_pos; nra). lra. }
  simpl. lra.
Qed.

Lemma keeps_positive_until u p L t : evolves u (fun t => p t * u t) ->
  (forall x, 0 < x <= t -> - L <= p x) -> 0 < u 0 -> 0 <= t -> 0 < u t.
Proof.
  intros E H H0 Ht.
  assert (NZ : forall s, 0 <= s <= t -> u s <> 0).
  { intros s Hs Hz. assert (S := square_survives u p L s E (fun x Hx => H x ltac:(lra)) ltac:(lra)).
    rewrite Hz in S. assert (P := exp_pos (- (2 * L) * s)).
    assert (0 < u 0 ^ 2) by (apply pow_lt; easy). simpl in *. nra. }
  destruct (Rlt_or_le 0 (u t)) as [| Hn]; [easy | exfalso].
  destruct (IVT_gen (frozen u) 0 t 0) as [z [Hz Ez]].
  - intros x. apply continuity_pt_filterlim, (frozen_continuous u _ E).
  - rewrite 2 frozen_at by lra. rewrite Rmin_right, Rmax_left by lra. lra.
  - rewrite Rmin_left in Hz by lra. rewrite Rmax_right in Hz by lra.
    rewrite frozen_at in Ez by lra. apply (NZ z); lra.
Qed.

Lemma keeps_negative_until u p L t : evolves u (fun t => p t * u t) ->
  (forall x, 0 < x <= t -> - L <= p x) -> u 0 < 0 -> 0 <= t -> u t < 0.
Proof.
  intros E H H0 Ht.
  assert (0 < -1 * u t); [| lra].
  apply (keeps_positive_until (fun t => -1 * u t) p L); [| easy | lra | easy].
  eapply evolves_ext; [| | exact (evolves_scal (-1) _ _ E)]; intros; simpl; ring.
Qed.

Lemma keeps_zero_until u p L t : evolves u (fun t => p t * u t) ->
  (forall x, 0 < x <= t -> p x <= L) -> u 0 = 0 -> 0 <= t -> u t = 0.
Proof.
  intros E H H0 Ht.
  assert (D := decays_until _ _ (evolves_mult _ _ _ _ E E) (- (2 * L)) t).
  assert (X : u t * u t <= u 0 * u 0 * exp (- - (2 * L) * t)).
  { apply D; [| easy]. intros s Hs. assert (Hp := H s Hs). cbv beta.
    assert (0 <= (L - p s) * (u s * u s)) by (apply Rmult_le_pos; nra). lra. }
  rewrite H0 in X. nra.
Qed.

Lemma keeps_positive u p L : evolves u (fun t => p t * u t) ->
  (forall t, 0 < t -> - L <= p t) -> 0 < u 0 -> forall t, 0 <= t -> 0 < u t.
Proof. intros E H H0 t. apply (keeps_positive_until u p L); auto. intros x Hx. apply H, Hx. Qed.

Lemma keeps_negative u p L : evolves u (fun t => p t * u t) ->
  (forall t, 0 < t -> - L <= p t) -> u 0 < 0 -> forall t, 0 <= t -> u t < 0.
Proof. intros E H H0 t. apply (keeps_negative_until u p L); auto. intros x Hx. apply H, Hx. Qed.

Lemma keeps_zero u p L : evolves u (fun t => p t * u t) ->
  (forall t, 0 < t -> p t <= L) -> u 0 = 0 -> forall t, 0 <= t -> u t = 0.
Proof. intros E H H0 t. apply (keeps_zero_until u p L); auto. intros x Hx. apply H, Hx. Qed.

(* A quantity that grows at a definite speed as long as it is below a level passes every level
   and stays above it. *)
Lemma passes f f' level speed : evolves f f' ->
  (forall t, 0 < t -> 0 <= f' t) -> 0 < speed ->
  (forall t, 0 < t -> f t <= level -> speed <= f' t) ->
  forall t, (level - f 0) / speed < t -> 0 <= t -> level < f t.
Proof.
  intros E Mono Hs H t Ht Ht0.
  destruct (Rlt_or_le level (f t)) as [| Hle]; [easy | exfalso].
  assert (G : f 0 + speed * t <= f t).
  { apply (grows_at_least_until f f' E); [| easy].
    intros s Hst. apply H; [lra |].
    apply Rle_trans with (f t); [apply (never_falls f f' E Mono); lra | easy]. }
  assert (level < f 0 + speed * t); [| lra].
  apply Rmult_lt_compat_r with (r := speed) in Ht; [| easy].
  unfold Rdiv in Ht. rewrite Rmult_assoc, Rinv_l in Ht by lra. lra.
Qed.

Lemma escapes f f' : evolves f f' -> (forall t, 0 < t -> 0 <= f' t) ->
  (forall level, exists speed, 0 < speed /\ forall t, 0 < t -> f t <= level -> speed <= f' t) ->
  is_lim f p_infty p_infty.
Proof.
  intros E Mono H. apply is_lim_spec. intros level.
  destruct (H level) as [speed [Hs Hl]].
  exists (Rmax 0 ((level - f 0) / speed)). intros t Ht.
  assert (A := Rmax_l 0 ((level - f 0) / speed)).
  assert (B := Rmax_r 0 ((level - f 0) / speed)).
  apply (passes f f' level speed); auto; lra.
Qed.

Lemma exp_le x y : x <= y -> exp x <= exp y.
Proof. intros [H | <-]; [left; now apply exp_increasing | lra]. Qed.

(* Powers in place of logarithms:  x <= e^{p y}  iff  (log x)/p <= y. *)
Lemma ln_at_most p x y : 0 < p -> 0 < x -> x <= exp (p * y) -> / p * ln x <= y.
Proof.
  intros Hp Hx H. apply Rmult_le_reg_l with p; [easy |].
  rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra. rewrite <- (ln_exp (p * y)). now apply ln_le.
Qed.

Lemma ln_at_least p x y : 0 < p -> exp (p * y) <= x -> y <= / p * ln x.
Proof.
  intros Hp H. apply Rmult_le_reg_l with p; [easy |].
  rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
  rewrite <- (ln_exp (p * y)). apply ln_le; [apply exp_pos | easy].
Qed.

(* |f - M g| <= B and g -> oo give f/g -> M. *)
Lemma bounded_gap (f g : R -> R) (M B : R) : (forall t, 0 <= t -> Rabs (f t - M * g t) <= B) ->
  is_lim g p_infty p_infty -> is_lim (fun t => f t / g t) p_infty M.
Proof.
  intros HB L. apply is_lim_spec. intros eps. assert (He := cond_pos eps). apply is_lim_spec in L.
  destruct (L (Rmax 0 (B / eps))) as [T HT]. exists (Rmax 0 T). intros t Ht.
  assert (A1 := Rmax_l 0 T). assert (A2 := Rmax_r 0 T). assert (Q := HT t ltac:(lra)).
  assert (C1 := Rmax_l 0 (B / eps)). assert (C2 := Rmax_r 0 (B / eps)).
  assert (P : 0 < g t) by lra.
  replace (f t / g t - M) with ((f t - M * g t) / g t) by (field; lra).
  unfold Rdiv. rewrite Rabs_mult, (Rabs_right (/ g t)) by (left; now apply Rinv_0_lt_compat).
  apply Rmult_lt_reg_r with (g t); [easy |]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_lt_trans with B; [apply HB; lra |].
  replace B with (eps * (B / eps)) by (field; lra). apply Rmult_lt_compat_l; lra.
Qed.

(* (log t + a)/p <= f(t) <= (log t + b)/p gives  f(t)/log t -> 1/p. *)
Lemma log_law_shift f p a b : 0 < p ->
  (forall t, 1 < t -> / p * (ln t + a) <= f t <= / p * (ln t + b)) ->
  is_lim (fun t => f t / ln t) p_infty (/ p).
Proof.
  intros Hp H. set (B := Rmax (Rabs a) (Rabs b) + 1).
  assert (B1 := Rmax_l (Rabs a) (Rabs b)). assert (B2 := Rmax_r (Rabs a) (Rabs b)).
  assert (HB : 0 < B) by (unfold B; assert (X := Rabs_pos a); lra).
  apply is_lim_spec. intros eps. assert (He := cond_pos eps).
  exists (exp (B / (p * eps))). intros t Ht.
  assert (Q : 0 < B / (p * eps)) by (apply Rdiv_lt_0_compat; [easy | now apply Rmult_lt_0_compat]).
  assert (T1 : 1 < t) by (assert (X := exp_ineq1 (B / (p * eps)) ltac:(lra)); lra).
  assert (Lt : B / (p * eps) < ln t).
  { rewrite <- (ln_exp (B / (p * eps))). apply ln_increasing; [apply exp_pos | easy]. }
  assert (F := H t T1). assert (Pp : 0 < / p) by now apply Rinv_0_lt_compat.
  assert (E1 : / p * - B <= / p * a).
  { apply Rmult_le_compat_l; [lra |]. assert (X := Rle_abs (- a)). rewrite Rabs_Ropp in X. unfold B. lra. }
  assert (E2 : / p * b <= / p * B).
  { apply Rmult_le_compat_l; [lra |]. assert (X := Rle_abs b). unfold B. lra. }
  assert (A : Rabs (f t - / p * ln t) <= / p * B) by (apply Rabs_le; lra).
  replace (f t / ln t - / p) with ((f t - / p * ln t) * / ln t) by (field; lra).
  assert (Li : 0 < / ln t) by (apply Rinv_0_lt_compat; lra).
  rewrite Rabs_mult, (Rabs_right (/ ln t)) by lra.
  apply Rmult_lt_reg_r with (ln t); [lra |]. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_lt_trans with (1 := A). replace (/ p * B) with (eps * (B / (p * eps))) by (field; lra).
  apply Rmult_lt_compat_l; lra.
Qed.

(* Two logarithmic bounds with one constant in front give the asymptotic law. *)
Lemma log_law (f : R -> R) (p b1 b2 : R) : 0 < p -> 0 < b1 -> 0 < b2 ->
  (forall t, 0 <= t -> / p * ln (1 + b1 * t) <= f t) ->
  (forall t, 0 <= t -> f t <= / p * ln (1 + b2 * t)) ->
  is_lim (fun t => f t / ln t) p_infty (/ p).
Proof.
  intros Hp H1 H2 L U. apply (log_law_shift f p (ln b1) (ln (1 + b2)) Hp). intros t Ht.
  assert (l1 : ln t + ln b1 <= ln (1 + b1 * t)).
  { rewrite Rplus_comm, <- ln_mult by lra. apply ln_le; [apply Rmult_lt_0_compat; lra | lra]. }
  assert (l2 : ln (1 + b2 * t) <= ln t + ln (1 + b2)).
  { rewrite Rplus_comm, <- ln_mult by lra.
    assert (0 < b2 * t) by (apply Rmult_lt_0_compat; lra). apply ln_le; lra. }
  assert (F1 := L t ltac:(lra)). assert (F2 := U t ltac:(lra)).
  assert (Pp : 0 < / p) by now apply Rinv_0_lt_compat.
  apply (Rmult_le_compat_l (/ p)) in l1; [| lra]. apply (Rmult_le_compat_l (/ p)) in l2; lra.
Qed.
