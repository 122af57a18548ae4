(* The flows exist: from every start there is a curve with the given derivative for all time, so
   that the theorems about "every flow" are not about nothing. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model DivergesBfs Velocity Bounded Population.
Import ListNotations.
Open Scope R_scope.

(* ** A positive, bounded, continuous velocity: the inverse of  T(y) = int dx/G(x) *)
Section Positive.
Variables (G : R -> R) (B start : R).
Hypothesis G_continuous : forall x, continuous G x.
Hypothesis G_range : forall x, 0 < G x <= B.

Let f (x : R) : R := / G x.
Let T (y : R) : R := RInt f start y.

Lemma f_continuous x : continuous f x.
Proof.
  apply (continuous_comp G Rinv); [apply G_continuous |].
  apply continuous_Rinv. assert (H := G_range x). lra.
Qed.

Lemma T_derive y : is_derive T y (f y).
Proof.
  apply (is_derive_RInt (V := R_NormedModule) f T start y); [| apply f_continuous].
  exists (mkposreal 1 Rlt_0_1). intros z _. unfold T.
  apply (RInt_correct (V := R_CompleteNormedModule) f start z), (ex_RInt_continuous (V := R_CompleteNormedModule)).
  intros x _. apply f_continuous.
Qed.

Lemma T_mean_value x y : x < y -> exists m, x < m < y /\ T y - T x = / G m * (y - x).
Proof.
  intros H. destruct (MVT_cor2 T f x y H) as [m [E Hm]].
  - intros z _. apply is_derive_Reals, T_derive.
  - now exists m.
Qed.

Lemma T_start : T start = 0.
Proof. apply (RInt_point (V := R_CompleteNormedModule)). Qed.

Lemma B_pos : 0 < B.
Proof. assert (H := G_range 0). lra. Qed.

Lemma T_grows x y : x < y -> (y - x) / B <= T y - T x.
Proof.
  intros H. destruct (T_mean_value x y H) as [m [_ E]]. rewrite E. assert (R := G_range m).
  unfold Rdiv. rewrite Rmult_comm. apply Rmult_le_compat_r; [lra |].
  apply Rinv_le_contravar; lra.
Qed.

Lemma T_onto t : {y : R | T y = t}.
Proof.
  assert (HB := B_pos).
  assert (CT : continuity T).
  { intros z. apply derivable_continuous_pt. exists (f z). apply is_derive_Reals, T_derive. }
  destruct (IVT_gen T start (start + B * t) t CT) as [y [_ E]]; [| now exists y].
  rewrite T_start.
  destruct (Rtotal_order 0 t) as [H | [<- | H]].
  - assert (X := T_grows start (start + B * t) ltac:(nra)). rewrite T_start in X.
    replace ((start + B * t - start) / B) with t in X by (field; lra).
    rewrite Rmin_left, Rmax_right by lra. lra.
  - rewrite Rmult_0_r, Rplus_0_r, T_start. rewrite Rmin_left, Rmax_left by lra. lra.
  - assert (X := T_grows (start + B * t) start ltac:(nra)). rewrite T_start in X.
    replace ((start - (start + B * t)) / B) with (- t) in X by (field; lra).
    rewrite Rmin_right, Rmax_left by lra. lra.
Qed.

Definition inverse (t : R) : R := proj1_sig (T_onto t).

Lemma T_inverse t : T (inverse t) = t.
Proof. exact (proj2_sig (T_onto t)). Qed.

Lemma inverse_start : inverse 0 = start.
Proof.
  assert (HB := B_pos). assert (E := T_inverse 0). assert (E0 := T_start).
  destruct (Rtotal_order (inverse 0) start) as [H | [H | H]]; [exfalso | easy | exfalso];
    assert (X := T_grows _ _ H); assert (0 < (Rmax (inverse 0) start - Rmin (inverse 0) start) / B).
  - rewrite Rmax_right, Rmin_left by lra. apply Rdiv_lt_0_compat; lra.
  - rewrite Rmax_right, Rmin_left in H0 by lra. lra.
  - rewrite Rmax_left, Rmin_right by lra. apply Rdiv_lt_0_compat; lra.
  - rewrite Rmax_left, Rmin_right in H0 by lra. lra.
Qed.

Lemma inverse_step t u : exists m, Rabs (m - inverse t) <= Rabs (inverse u - inverse t) /\
  inverse u - inverse t = G m * (u - t).
Proof.
  assert (E1 := T_inverse t). assert (E2 := T_inverse u).
  destruct (Rtotal_order (inverse t) (inverse u)) as [H | [H | H]].
  - destruct (T_mean_value _ _ H) as [m [Hm E]]. exists m. assert (P := G_range m).
    split; [rewrite 2 Rabs_right by lra; lra |].
    rewrite <- E1 at 2. rewrite <- E2 at 2. rewrite E. field. lra.
  - exists (inverse t). rewrite <- H, Rminus_eq_0, Rabs_R0. split; [lra |].
    rewrite <- E1 at 2. rewrite <- E2 at 1. rewrite <- H. ring.
  - destruct (T_mean_value _ _ H) as [m [Hm E]]. exists m. assert (P := G_range m).
    split; [rewrite 2 Rabs_left by lra; lra |].
    replace (u - t) with (- (T (inverse t) - T (inverse u))) by (rewrite E1, E2; ring).
    rewrite E. field. lra.
Qed.

Lemma inverse_derive t : is_derive inverse t (G (inverse t)).
Proof.
  assert (HB := B_pos). apply is_derive_Reals. intros eps He.
  destruct (G_continuous (inverse t) (ball (G (inverse t)) (mkposreal eps He))) as [del Hd].
  { apply locally_ball. }
  assert (Hdel := cond_pos del).
  assert (Hq : 0 < del / B) by (apply Rdiv_lt_0_compat; lra).
  exists (mkposreal _ Hq). simpl. intros h Hh Hlt.
  destruct (inverse_step t (t + h)) as [m [Hm E]].
  replace (t + h - t) with h in E by ring. rewrite E.
  replace (G m * h / h) with (G m) by (field; easy).
  apply (Hd m). change (Rabs (m - inverse t) < del). apply Rle_lt_trans with (1 := Hm).
  rewrite E, Rabs_mult. assert (P := G_range m). rewrite (Rabs_right (G m)) by lra.
  assert (A := Rabs_pos h).
  apply Rle_lt_trans with (B * Rabs h); [apply Rmult_le_compat_r; lra |].
  apply Rmult_lt_compat_l with (r := B) in Hlt; [| easy].
  replace (B * (del / B)) with (pos del) in Hlt by (field; lra). easy.
Qed.

Lemma positive_flow_exists : exists nu, nu 0 = start /\ evolves nu (fun t => G (nu t)).
Proof.
  exists inverse. split; [apply inverse_start |].
  apply (evolves_diff inverse (fun t => G (inverse t))), inverse_derive.
Qed.
End Positive.

(* ** Falling velocities *)
Section Falling.
Variables (g g1 : R -> R) (L : R).
Hypothesis D : forall x, is_derive g x (g1 x).
Hypothesis steep : forall x, - L <= g1 x <= 0.

Lemma everywhere_positive_exists start : (forall x, 0 < g x) ->
  exists mu, mu 0 = start /\ evolves mu (fun t => g (mu t)).
Proof.
  intros P. set (h := fun u => g (start + u)).
  assert (Dh : forall u, is_derive h u (g1 (start + u))).
  { intros u. replace (g1 (start + u)) with (1 * g1 (start + u)) by ring.
    apply (is_derive_comp (V := R_NormedModule) g (fun u => start + u)); [apply D |].
    auto_derive; [easy | ring]. }
  set (G := fun x => frozen h (x - start)).
  destruct (positive_flow_exists G (g start) start) as [nu [E0 E]].
  - intros x. apply (continuous_comp (fun x => x - start) (frozen h)).
    + apply (ex_derive_continuous (V := R_NormedModule)). auto_derive. easy.
    + apply (frozen_continuous h (fun u => g1 (start + u))). now apply evolves_diff.
  - intros x. unfold G, frozen, h. split; [apply P |].
    apply (nonincreasing g g1 D); [intros; apply steep |]. assert (X := Rmax_l 0 (x - start)). lra.
  - exists nu. split; [easy |].
    assert (Up : forall t, 0 <= t -> start <= nu t).
    { intros t Ht. rewrite <- E0. apply (never_falls nu _ E); [| lra].
      intros u _. left. apply P. }
    apply (evolves_ext nu nu (fun t => G (nu t))); [easy | | easy].
    intros t Ht. specialize (Up t ltac:(lra)). unfold G, frozen, h.
    rewrite Rmax_right by lra. f_equal. ring.
Qed.

Lemma below_rest_exists start mu_star : g mu_star = 0 -> (forall x, g1 x < 0) -> start < mu_star ->
  exists mu, mu 0 = start /\ evolves mu (fun t => g (mu t)).
Proof.
  intros Z N Hs. set (G := fun v => g (mu_star - exp (- v)) * exp v).
  assert (Y : forall v, ex_derive (fun v => mu_star - exp (- v)) v).
  { intros v. auto_derive. easy. }
  destruct (positive_flow_exists G L (- ln (mu_star - start))) as [nu [E0 E]].
  - intros v. apply (ex_derive_continuous (V := R_NormedModule)). unfold G.
    apply ex_derive_mult.
    + apply (ex_derive_comp g (fun v => mu_star - exp (- v))); [eexists; apply D | apply Y].
    + auto_derive. easy.
  - intros v. assert (P := exp_pos (- v)). assert (Q := exp_pos v). unfold G.
    assert (PQ : exp (- v) * exp v = 1).
    { rewrite <- exp_plus. replace (- v + v) with 0 by ring. apply exp_0. }
    split.
    + apply Rmult_lt_0_compat; [| easy]. rewrite <- Z. apply (decreasing g g1 D N). lra.
    + destruct (secant g g1 D mu_star Z (mu_star - exp (- v))) as [m [_ Em]].
      rewrite Em. replace (mu_star - exp (- v) - mu_star) with (- exp (- v)) by ring.
      replace (g1 m * - exp (- v) * exp v) with (- g1 m * (exp (- v) * exp v)) by ring.
      rewrite PQ. assert (X := steep m). lra.
  - exists (fun t => mu_star - exp (- nu t)). split.
    + rewrite E0, Ropp_involutive, exp_ln by lra. ring.
    + eapply evolves_ext; [| | exact (evolves_minus _ _ _ _ (evolves_const mu_star)
        (evolves_exp _ _ (evolves_scal (-1) _ _ E)))].
      * intros t. cbv beta. replace (-1 * nu t) with (- nu t) by ring. easy.
      * intros t _. cbv beta. unfold G. replace (-1 * nu t) with (- nu t) by ring.
        assert (PQ : exp (- nu t) * exp (nu t) = 1).
        { rewrite <- exp_plus. replace (- nu t + nu t) with 0 by ring. apply exp_0. }
        transitivity (g (mu_star - exp (- nu t)) * (exp (- nu t) * exp (nu t))); [ring |].
        rewrite PQ. ring.
Qed.
End Falling.

(* The mirror image of a falling velocity. *)
Lemma mirror_derive g g1 : (forall x, is_derive g x (g1 x)) ->
  forall x, is_derive (fun x => - g (- x)) x (g1 (- x)).
Proof.
  intros D x. replace (g1 (- x)) with (- (-1 * g1 (- x))) by ring.
  apply (is_derive_opp (V := R_NormedModule) (fun x => g (- x))).
  apply (is_derive_comp (V := R_NormedModule) g (fun x => - x)); [apply D |].
  auto_derive; [easy | ring].
Qed.

Lemma mirror_flow g start :
  (exists mu, mu 0 = - start /\ evolves mu (fun t => - g (- mu t))) ->
  exists mu, mu 0 = start /\ evolves mu (fun t => g (mu t)).
Proof.
  intros [mu [E0 E]]. exists (fun t => -1 * mu t). split; [rewrite E0; ring |].
  eapply evolves_ext; [| | exact (evolves_scal (-1) _ _ E)]; [easy |].
  intros t _. cbv beta. replace (-1 * mu t) with (- mu t) by ring. ring.
Qed.

Lemma exists_still g start : (forall x, g x = 0) ->
  exists mu, mu 0 = start /\ evolves mu (fun t => g (mu t)).
Proof.
  intros H. exists (fun _ => start). split; [easy |].
  apply (evolves_ext (fun _ => start) _ (fun _ => 0)); [easy | | apply evolves_const].
  intros t _. symmetry. apply H.
Qed.

(* Two flows of one velocity with bounded slope and the same start are equal. *)
Lemma flow_unique (g g1 : R -> R) (L : R) (mu nu : R -> R) :
  (forall x, is_derive g x (g1 x)) -> (forall x, Rabs (g1 x) <= L) ->
  evolves mu (fun t => g (mu t)) -> evolves nu (fun t => g (nu t)) -> mu 0 = nu 0 ->
  forall t, 0 <= t -> mu t = nu t.
Proof.
  intros D HL Em En E0 t Ht. assert (Ed := evolves_minus _ _ _ _ Em En).
  assert (X := decays _ _ (evolves_mult _ _ _ _ Ed Ed) (- (2 * L))). cbv beta in X.
  assert (Y : (mu t - nu t) * (mu t - nu t) <= (mu 0 - nu 0) * (mu 0 - nu 0) * exp (- - (2 * L) * t)).
  { apply X; [| easy]. intros u _.
    assert (S : exists m, g (mu u) - g (nu u) = g1 m * (mu u - nu u)).
    { destruct (Rtotal_order (mu u) (nu u)) as [H | [H | H]].
      - destruct (mean_value_everywhere g g1 D _ _ H) as [m [_ E]]. exists m. lra.
      - exists 0. rewrite H. ring.
      - destruct (mean_value_everywhere g g1 D _ _ H) as [m [_ E]]. exists m. lra. }
    destruct S as [m ->]. assert (B := HL m). apply Rabs_le_between in B.
    assert (0 <= (L - g1 m) * ((mu u - nu u) * (mu u - nu u))); [| lra].
    apply Rmult_le_pos; [lra | apply Rle_0_sqr]. }
  rewrite E0, Rminus_eq_0, Rmult_0_l, Rmult_0_l in Y.
  assert (mu t - nu t = 0); [| lra]. apply Rsqr_0_uniq. unfold Rsqr.
  assert (Z := Rle_0_sqr (mu t - nu t)). unfold Rsqr in Z. lra.
Qed.

(* The Coconut flow exists for all time, for every label and from every start;
   by T1b_non_expansive it is unique. *)
Theorem T1b_exists (I : thought) (d_star start : R) :
  exists mu, mu 0 = start /\ coconut_flow I d_star mu.
Proof.
  set (g := velocity I d_star). set (g1 := slope I).
  set (L := kappa I * (d_max I * d_max I) + 1).
  assert (D := is_derive_velocity I d_star).
  assert (HL : 0 < L).
  { assert (A := kappa_pos I). assert (B := d_max_nonneg I). unfold L.
    assert (0 <= kappa I * (d_max I * d_max I)) by (apply Rmult_le_pos; nra). lra. }
  assert (S : forall x, - L <= g1 x <= 0) by (intros x; assert (X := slope_range I x); unfold L, g1; lra).
  assert (Sm : forall x, - L <= g1 (- x) <= 0) by (intros; apply S).
  assert (Dm := mirror_derive g g1 D).
  destruct (Rle_lt_or_eq_dec _ _ (d_min_le_max I)) as [H | H].
  - destruct (Rle_or_lt (d_max I) d_star) as [H1 | H1].
    { apply (everywhere_positive_exists g g1 L D S). intros x. apply velocity_positive.
      assert (A := F_below I x H). lra. }
    destruct (Rle_or_lt d_star (d_min I)) as [H2 | H2].
    { apply (mirror_flow g start). apply (everywhere_positive_exists _ (fun x => g1 (- x)) L Dm Sm).
      intros x. assert (A := F_above I (- x) H). assert (B := velocity_negative I d_star (- x)).
      unfold g. assert (velocity I d_star (- x) < 0) by (apply B; lra). lra. }
    destruct (proj2 (T1b_equilibrium I d_star)) as [m E]; [left; lra |].
    assert (Z : g m = 0) by now apply velocity_zero.
    assert (N := slope_negative I H).
    destruct (Rtotal_order start m) as [Hm | [-> | Hm]].
    + now apply (below_rest_exists g g1 L D S start m).
    + exists (fun _ => m). split; [easy |].
      apply (evolves_ext (fun _ => m) _ (fun _ => 0)); [easy | | apply evolves_const].
      intros t _. symmetry. exact Z.
    + apply (mirror_flow g start).
      apply (below_rest_exists (fun x => - g (- x)) (fun x => g1 (- x)) L Dm Sm (- start) (- m)).
      * rewrite Ropp_involutive, Z. ring.
      * intros x. apply N.
      * lra.
  - exists (fun t => start + g start * t). split; [ring |].
    eapply evolves_ext; [| | exact (evolves_plus _ _ _ _ (evolves_const start)
      (evolves_scal (g start) _ _ (evolves_diff (fun t => t) (fun _ => 1) (fun x => is_derive_id x))))];
      [easy |].
    intros t _. unfold g, velocity.
    replace (F I (start + _ * t)) with (F I start); [ring |].
    assert (A := F_at_least I start). assert (B := F_at_most I start).
    match goal with |- _ = F I ?y => assert (A' := F_at_least I y); assert (B' := F_at_most I y) end. lra.
Qed.

(* The Coconut-BFS flow exists for all time and from every start. *)
Theorem T1a_exists (I : thought) (start : R) : exists mu, mu 0 = start /\ bfs_flow I mu.
Proof.
  set (g := fun x => alpha I / (n I * sqrt (K I)) * (F_in I x - F I x)).
  assert (R0 := rate_pos I). assert (O := n_out_nonneg I).
  assert (Val : forall x, g x = alpha I / (n I * sqrt (K I)) * (n_out I * F_in I x / Z I x))
    by (intros; unfold g; now rewrite drift_identity).
  assert (Still : (forall x, g x = 0) -> exists mu, mu 0 = start /\ bfs_flow I mu).
  { intros H. exists (fun _ => start). split; [easy |].
    apply (evolves_ext (fun _ => start) _ (fun _ => 0)); [easy | | apply evolves_const].
    intros t _. symmetry. apply H. }
  destruct O as [O | O].
  2: { apply Still. intros x. rewrite Val, <- O. unfold Rdiv. ring. }
  assert (Cases : (forall v, In v (next I) -> d I v = 0) \/ (exists v, In v (next I) /\ 0 < d I v)).
  { clear. induction (next I) as [| v l IH]; [now left |].
    destruct (Rle_lt_or_eq_dec _ _ (d_nonneg I v)) as [H | H].
    - right. exists v. split; [now left | easy].
    - destruct IH as [IH | [w [Hw IH]]]; [left | right; exists w; split; [now right | easy]].
      intros w [<- | Hw]; auto. }
  destruct Cases as [H | [w [Hw Hd]]].
  - apply Still. intros x. rewrite Val. unfold F_in, mean.
    rewrite (sum_zero (next I)); [unfold Rdiv; ring |]. intros v Hv. rewrite (H v Hv). ring.
  - apply (positive_flow_exists g (alpha I / (n I * sqrt (K I)) * d_max I)).
    + intros x. apply (ex_derive_continuous (V := R_NormedModule)). unfold g.
      apply ex_derive_scal, (ex_derive_minus (V := R_NormedModule)).
      * eexists. apply (is_derive_mean (next I) (next_inhabited I) (xi I) (fun v => alpha I * s I * d I v) x
                 (fun v _ => is_derive_xi I x v)).
      * eexists. apply is_derive_F.
    + intros x. split.
      * rewrite Val. apply Rmult_lt_0_compat; [easy |]. apply Rdiv_lt_0_compat; [| apply Z_pos].
        apply Rmult_lt_0_compat; [easy |].
        apply (mean_pos _ (next_inhabited I) _ _ w); [intros; apply d_nonneg | easy | easy].
      * unfold g. apply Rmult_le_compat_l; [lra |]. assert (A := F_in_at_most I x).
        assert (B := F_at_least I x). assert (C := d_min_nonneg I). lra.
Qed.

(* ... and the start determines it. *)
Theorem T1a_unique (I : thought) (mu nu : R -> R) :
  bfs_flow I mu -> bfs_flow I nu -> mu 0 = nu 0 -> forall t, 0 <= t -> mu t = nu t.
Proof.
  assert (R0 := rate_pos I). assert (R1 := alpha_s_pos I).
  set (k := alpha I * s I) in *. set (q := alpha I / (n I * sqrt (K I))) in *.
  apply (flow_unique (fun x => q * (F_in I x - F I x))
           (fun x => q * (k * variance (next I) (xi I x) (d I) - k * Var I x))
           (q * (k * (d_max I * d_max I)))).
  - intros x. apply is_derive_scal, (is_derive_minus (V := R_NormedModule));
      [apply is_derive_mean_degree, next_inhabited | apply is_derive_F].
  - intros x. assert (A := Var_nonneg I x). assert (B := Var_at_most I x).
    assert (A' := variance_nonneg (next I) (next_inhabited I) (xi I x) (d I)).
    assert (B' : variance (next I) (xi I x) (d I) <= d_max I * d_max I).
    { apply variance_at_most; [apply next_inhabited |]. intros v Hv.
      rewrite Rabs_right by (apply Rle_ge, d_nonneg). now apply d_at_most, in_next_in_V. }
    rewrite Rabs_mult, (Rabs_right q) by lra. apply Rmult_le_compat_l; [lra |].
    rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_right k) by lra.
    apply Rmult_le_compat_l; [lra |]. apply Rabs_le. lra.
Qed.

(* The flow of a population exists for all time and from every start. *)
Theorem population_exists (pop : population) (n_voc start : R) :
  pop <> [] -> 0 < n_voc -> (forall i, In i pop -> d_min (fst i) <= snd i <= d_max (fst i)) ->
  exists mu, mu 0 = start /\ population_flow pop n_voc mu.
Proof.
  intros Hp Hn Hl. set (g := pop_velocity pop n_voc). set (g1 := pop_slope pop n_voc).
  assert (D := is_derive_pop pop n_voc : forall x, is_derive g x (g1 x)).
  assert (S := pop_slope_range pop n_voc Hp Hn Hl : forall x, - steepest pop n_voc <= g1 x <= 0).
  assert (Dm := mirror_derive g g1 D).
  assert (Sm : forall x, - steepest pop n_voc <= g1 (- x) <= 0) by (intros; apply S).
  assert (Up : (forall x, 0 < g x) -> exists mu, mu 0 = start /\ population_flow pop n_voc mu).
  { intros P. exact (everywhere_positive_exists g g1 _ D S start P). }
  assert (Down : (forall x, g x < 0) -> exists mu, mu 0 = start /\ population_flow pop n_voc mu).
  { intros P. apply (mirror_flow g start). apply (everywhere_positive_exists _ (fun x => g1 (- x)) _ Dm Sm).
    intros x. specialize (P (- x)). lra. }
  assert (Rest : forall m, g m = 0 -> (forall x, g1 x < 0) ->
                 exists mu, mu 0 = start /\ population_flow pop n_voc mu).
  { intros m Z N. destruct (Rtotal_order start m) as [Hm | [-> | Hm]].
    - exact (below_rest_exists g g1 _ D S start m Z N Hm).
    - exists (fun _ => m). split; [easy |].
      apply (evolves_ext (fun _ => m) _ (fun _ => 0)); [easy | | apply evolves_const].
      intros t _. symmetry. exact Z.
    - apply (mirror_flow g start).
      apply (below_rest_exists (fun x => - g (- x)) (fun x => g1 (- x)) _ Dm Sm (- start) (- m)).
      + rewrite Ropp_involutive, Z. ring.
      + intros x. apply N.
      + lra. }
  assert (Ab : room_above pop \/ ~ room_above pop) by apply Classical_Prop.classic.
  assert (Bl : room_below pop \/ ~ room_below pop) by apply Classical_Prop.classic.
  destruct Ab as [A | A], Bl as [B | B].
  - destruct (population_equilibrium pop n_voc Hp Hn Hl A B) as [m E].
    apply (Rest m); [now apply pop_velocity_zero |].
    destruct A as [j [Hj H]]. intros x. apply (pop_slope_negative pop n_voc Hp Hn Hl j x Hj).
    specialize (Hl j Hj). lra.
  - apply Down. intros x. now apply (population_velocity_down pop n_voc Hp Hn Hl A B).
  - apply Up. intros x. now apply (population_velocity_up pop n_voc Hp Hn Hl A B).
  - apply (exists_still g start). intros x. unfold g, pop_velocity.
    rewrite (sum_zero pop); [ring |]. intros i Hi. specialize (Hl i Hi). unfold pull.
    destruct (Rlt_or_le (snd i) (d_max (fst i))); [exfalso; apply A; now exists i |].
    destruct (Rlt_or_le (d_min (fst i)) (snd i)); [exfalso; apply B; now exists i |].
    assert (X := F_at_least (fst i) x). assert (Y := F_at_most (fst i) x).
    replace (F (fst i) x) with (snd i) by lra. ring.
Qed.
