(* How fast the logit diverges: like a logarithm, with its own constant in each of the three
   cases.  Theorem 1(a), and Theorem 1(b) at d_star = d_max and at d_star = d_min. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Scalar Digraph Model Velocity Bounded DivergesBfs Ceiling.
Import ListNotations.
Open Scope R_scope.

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

(* Theorem 1(a):  mu(t) ~ log t / (alpha s d_max). *)
Theorem T1a_log (I : instance) (mu : R -> R) :
  bfs_flow I mu -> mu 0 = 0 -> 0 < n_out I -> edge_leaves I ->
  is_lim (fun t => mu t / ln t) p_infty (/ (alpha I * s I * d_max I)).
Proof.
  intros flow H0 Hout He. assert (Hk := alpha_s_pos I). assert (Hd := d_max_pos I He).
  assert (A := alpha_positive I). assert (S := s_pos I).
  assert (A2 : 0 < alpha I ^ 2 * s I ^ 2 * d_max I)
    by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; now apply pow_lt | easy]).
  assert (A3 : 0 < alpha I ^ 2 * s I ^ 2 * d_max I ^ 2)
    by (apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat |]; now apply pow_lt).
  apply (log_law mu _ (b_lo I 0) (b_hi I)).
  - now apply Rmult_lt_0_compat.
  - unfold b_lo. apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat; [apply n_pos | apply Z_pos]].
    apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | now apply F_in_pos].
  - unfold b_hi. apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat; [apply n_pos | apply W_top_pos]].
    now apply Rmult_lt_0_compat.
  - now apply T1a_lower.
  - now apply T1a_upper.
Qed.

(* ** Both ends of Theorem 1(b) at once: nu = |mu|, x_v = |d_v - d_star|. *)
Section End.
Variables (I : instance) (x : nat -> R) (gap : R) (nu : R -> R).
Notation k := (alpha I * s I).
Notation V := (V I).
Hypothesis gap_pos : 0 < gap.
Hypothesis x_values : forall v, In v V -> x v = 0 \/ gap <= x v.
Hypothesis flow : evolves nu (fun t =>
  alpha I / (n I * sqrt (K I)) * mean V (fun v => k * (a I v - nu t * x v)) x).
Hypothesis start : nu 0 = 0.

Definition weight_at (y : R) : R :=
  sum V (fun v => (if Req_EM_T (x v) y then 1 else 0) * exp (k * a I v)).
Definition weight_all : R := sum V (fun v => exp (k * a I v)).
Definition weight_gap : R := sum V (fun v => x v * exp (k * a I v)).

Hypothesis bottom : 0 < weight_at 0.

Lemma x_nonneg v : In v V -> 0 <= x v.
Proof. intros H. destruct (x_values v H); lra. Qed.

Lemma nu_nonneg t : 0 <= t -> 0 <= nu t.
Proof.
  intros Ht. rewrite <- start. apply (never_falls nu _ flow); [| lra]. intros u _.
  apply Rmult_le_pos; [left; apply rate_pos |]. apply mean_nonneg; [apply V_inhabited | apply x_nonneg].
Qed.

Let f (t : R) : R := exp (k * gap * nu t).
Let top_sum (t : R) : R := sum V (fun v => x v * exp (k * (a I v - nu t * x v))).
Let all_sum (t : R) : R := partition V (fun v => k * (a I v - nu t * x v)).

Lemma f_evolves : evolves f (fun t => kappa I * gap * (f t * top_sum t / all_sum t)).
Proof.
  eapply evolves_ext; [| | exact (evolves_exp _ _ (evolves_scal (k * gap) _ _ flow))]; [easy |].
  intros t _. cbv beta. rewrite <- rate_kappa. unfold mean. fold (top_sum t) (all_sum t) (f t).
  unfold Rdiv. ring.
Qed.

Lemma shrink t v : 0 <= t -> exp (k * (a I v - nu t * x v)) = exp (k * a I v) * exp (- (k * nu t * x v)).
Proof. intros _. rewrite <- exp_plus. f_equal. ring. Qed.

Lemma k_nu_nonneg t : 0 <= t -> 0 <= k * nu t.
Proof. intros Ht. apply Rmult_le_pos; [left; apply alpha_s_pos | now apply nu_nonneg]. Qed.

Lemma all_sum_low t : 0 <= t -> weight_at 0 <= all_sum t.
Proof.
  intros Ht. unfold weight_at, all_sum, partition. apply sum_le. intros v Hv.
  destruct (Req_EM_T (x v) 0) as [E | _].
  - rewrite E, Rmult_0_r, Rminus_0_r. lra.
  - rewrite Rmult_0_l. left; apply exp_pos.
Qed.

Lemma all_sum_high t : 0 <= t -> all_sum t <= weight_all.
Proof.
  intros Ht. unfold weight_all, all_sum, partition. apply sum_le. intros v Hv. apply exp_le.
  assert (H := k_nu_nonneg t Ht). assert (X := x_nonneg v Hv).
  assert (0 <= k * nu t * x v) by now apply Rmult_le_pos. lra.
Qed.

Lemma top_sum_low t : 0 <= t -> gap * weight_at gap <= f t * top_sum t.
Proof.
  intros Ht. unfold weight_at, top_sum. rewrite <- 2 sum_scal. apply sum_le. intros v Hv.
  destruct (Req_EM_T (x v) gap) as [E | _].
  - right. rewrite Rmult_1_l, (shrink t v Ht), E. unfold f.
    replace (exp (k * gap * nu t) * (gap * (exp (k * a I v) * exp (- (k * nu t * gap)))))
      with (gap * exp (k * a I v) * (exp (k * gap * nu t) * exp (- (k * nu t * gap)))) by ring.
    rewrite <- exp_plus. replace (k * gap * nu t + - (k * nu t * gap)) with 0 by ring.
    rewrite exp_0. ring.
  - rewrite Rmult_0_l, Rmult_0_r. apply Rmult_le_pos; [left; apply exp_pos |].
    apply Rmult_le_pos; [now apply x_nonneg | left; apply exp_pos].
Qed.

Lemma top_sum_high t : 0 <= t -> f t * top_sum t <= weight_gap.
Proof.
  intros Ht. unfold weight_gap, top_sum. rewrite <- sum_scal. apply sum_le. intros v Hv.
  destruct (x_values v Hv) as [E | E]; [rewrite E; lra |].
  replace (f t * (x v * exp (k * (a I v - nu t * x v))))
    with (x v * (f t * exp (k * (a I v - nu t * x v)))) by ring.
  apply Rmult_le_compat_l; [now apply x_nonneg |]. unfold f. rewrite <- exp_plus. apply exp_le.
  assert (H := k_nu_nonneg t Ht). assert (0 <= k * nu t * (x v - gap)) by (apply Rmult_le_pos; lra). lra.
Qed.

(* b1 = kappa gap^2 W_gap / Z(0),   b2 = kappa gap sum_v x_v exp(alpha s a_v) / W_0 *)
Definition end_lo : R := kappa I * gap * (gap * weight_at gap / weight_all).
Definition end_hi : R := kappa I * gap * (weight_gap / weight_at 0).

Lemma kappa_gap_pos : 0 < kappa I * gap.
Proof. apply Rmult_lt_0_compat; [apply kappa_pos | easy]. Qed.

Lemma weight_at_nonneg y : 0 <= weight_at y.
Proof.
  apply sum_nonneg. intros v _. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos].
Qed.

Lemma weight_all_pos : 0 < weight_all.
Proof. apply (partition_pos V (fun v => k * a I v)), V_inhabited. Qed.

Lemma f_start : f 0 = 1.
Proof. unfold f. rewrite start, Rmult_0_r. apply exp_0. Qed.

Lemma end_lower t : 0 <= t -> / (k * gap) * ln (1 + end_lo * t) <= nu t.
Proof.
  intros Ht. assert (P : 0 < k * gap) by (apply Rmult_lt_0_compat; [apply alpha_s_pos | easy]).
  assert (KG := kappa_gap_pos). assert (WA := weight_all_pos).
  assert (G : f 0 + end_lo * t <= f t).
  { apply (grows_at_least f _ f_evolves); [| easy]. intros u Hu. unfold end_lo.
    apply Rmult_le_compat_l; [lra |]. assert (A := all_sum_low u ltac:(lra)).
    unfold Rdiv. apply Rmult_le_compat.
    - apply Rmult_le_pos; [lra | apply weight_at_nonneg].
    - left; now apply Rinv_0_lt_compat.
    - apply top_sum_low; lra.
    - apply Rinv_le_contravar; [lra | apply all_sum_high; lra]. }
  rewrite f_start in G.
  assert (Q : 0 <= end_lo * t).
  { apply Rmult_le_pos; [| easy]. unfold end_lo. apply Rmult_le_pos; [lra |].
    apply Rdiv_le_0_compat; [| easy]. apply Rmult_le_pos; [lra | apply weight_at_nonneg]. }
  apply Rmult_le_reg_l with (k * gap); [easy |].
  rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
  rewrite <- (ln_exp (k * gap * nu t)). apply ln_le; [lra | exact G].
Qed.

Lemma end_upper t : 0 <= t -> nu t <= / (k * gap) * ln (1 + end_hi * t).
Proof.
  intros Ht. assert (P : 0 < k * gap) by (apply Rmult_lt_0_compat; [apply alpha_s_pos | easy]).
  assert (KG := kappa_gap_pos).
  assert (G : f t <= f 0 + end_hi * t).
  { apply (grows_at_most f _ f_evolves); [| easy]. intros u Hu. unfold end_hi.
    apply Rmult_le_compat_l; [lra |]. assert (A := all_sum_low u ltac:(lra)).
    assert (B := top_sum_low u ltac:(lra)). assert (C := weight_at_nonneg gap).
    assert (0 <= gap * weight_at gap) by (apply Rmult_le_pos; lra).
    unfold Rdiv. apply Rmult_le_compat.
    - lra.
    - left. apply Rinv_0_lt_compat. lra.
    - apply top_sum_high; lra.
    - apply Rinv_le_contravar; lra. }
  rewrite f_start in G.
  apply Rmult_le_reg_l with (k * gap); [easy |].
  rewrite <- Rmult_assoc, Rinv_r, Rmult_1_l by lra.
  rewrite <- (ln_exp (k * gap * nu t)). apply ln_le; [apply exp_pos | exact G].
Qed.

Lemma end_log : 0 < weight_at gap -> is_lim (fun t => nu t / ln t) p_infty (/ (k * gap)).
Proof.
  intros H. assert (KG := kappa_gap_pos). assert (WA := weight_all_pos).
  apply (log_law nu _ end_lo end_hi).
  - apply Rmult_lt_0_compat; [apply alpha_s_pos | easy].
  - unfold end_lo. apply Rmult_lt_0_compat; [easy |]. apply Rdiv_lt_0_compat; [| easy].
    now apply Rmult_lt_0_compat.
  - unfold end_hi. apply Rmult_lt_0_compat; [easy |]. apply Rdiv_lt_0_compat; [| easy].
    assert (A := top_sum_low 0 ltac:(lra)). assert (B := top_sum_high 0 ltac:(lra)).
    assert (0 < gap * weight_at gap) by now apply Rmult_lt_0_compat. lra.
  - apply end_lower.
  - apply end_upper.
Qed.
End End.

Lemma weight_at_pos I x y w : In w (V I) -> x w = y -> 0 < weight_at I x y.
Proof.
  intros Hw E. unfold weight_at. apply (sum_pos _ _ w); [| easy |].
  - intros v _. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos].
  - destruct (Req_EM_T (x w) y); [| contradiction]. rewrite Rmult_1_l. apply exp_pos.
Qed.

Lemma weight_at_W I x y D : (forall v, In v (V I) -> (x v = y <-> d I v = D)) -> weight_at I x y = W I D.
Proof.
  intros H. apply sum_ext. intros v Hv. specialize (H v Hv).
  destruct (Req_EM_T (x v) y), (Req_EM_T (d I v) D); tauto.
Qed.

Lemma weight_all_Z I : weight_all I = Z I 0.
Proof. apply sum_ext. intros v _. unfold xi. f_equal. ring. Qed.

(* The constants of the bounds at d_star = d_max and at d_star = d_min, with d' the nearest other
   in-degree that occurs and g = |d_star - d'|:
   b_lo = kappa g^2 W_{d'} / Z(0),  b_hi = kappa g sum_v |d_star - d_v| exp(alpha s a_v) / W_{d_star}. *)
Definition leave_lo (I : instance) (d_star d' : R) : R :=
  kappa I * Rabs (d_star - d') * (Rabs (d_star - d') * W I d' / Z I 0).
Definition leave_hi (I : instance) (d_star d' : R) : R :=
  kappa I * Rabs (d_star - d') *
  (sum (V I) (fun v => Rabs (d_star - d I v) * exp (alpha I * s I * a I v)) / W I d_star).

(* A common factor exp(shift) does not change a mean. *)
Lemma mean_shift (V : list nat) (xi xi' f : nat -> R) (shift : R) : V <> [] ->
  (forall v, In v V -> xi v = xi' v + shift) -> mean V xi f = mean V xi' f.
Proof.
  intros H E. assert (P := partition_pos V xi' H). assert (Q := exp_pos shift).
  assert (E' : forall v, In v V -> exp (xi v) = exp (xi' v) * exp shift)
    by (intros v Hv; rewrite E by easy; apply exp_plus).
  unfold mean. unfold partition at 1.
  rewrite (sum_ext V (fun v => exp (xi v)) _ E'), sum_scal_r.
  rewrite (sum_ext V (fun v => f v * exp (xi v)) (fun v => f v * exp (xi' v) * exp shift))
    by (intros v Hv; rewrite E' by easy; ring).
  rewrite sum_scal_r. unfold partition in *. field. lra.
Qed.

Section Cases.
Variables (I : instance) (mu : R -> R).
Hypothesis start : mu 0 = 0.

Lemma up_flow : coconut_flow I (d_max I) mu -> evolves mu (fun t =>
  alpha I / (n I * sqrt (K I)) *
  mean (V I) (fun v => alpha I * s I * (a I v - mu t * (d_max I - d I v))) (fun v => d_max I - d I v)).
Proof.
  intros flow. apply (evolves_ext mu mu (fun t => alpha I / (n I * sqrt (K I)) * (d_max I - F I (mu t))));
    [easy | | exact flow].
  intros t _. f_equal. assert (H := V_inhabited I).
  rewrite (mean_minus _ H), (mean_const _ H). unfold F.
  rewrite (mean_shift (V I) (xi I (mu t)) (fun v => alpha I * s I * (a I v - mu t * (d_max I - d I v)))
             (d I) (alpha I * s I * mu t * d_max I) H); [easy |].
  intros v _. unfold xi. ring.
Qed.

Lemma down_flow : coconut_flow I (d_min I) mu -> evolves (fun t => -1 * mu t) (fun t =>
  alpha I / (n I * sqrt (K I)) *
  mean (V I) (fun v => alpha I * s I * (a I v - -1 * mu t * (d I v - d_min I))) (fun v => d I v - d_min I)).
Proof.
  intros flow.
  apply (evolves_ext (fun t => -1 * mu t) _
           (fun t => -1 * (alpha I / (n I * sqrt (K I)) * (d_min I - F I (mu t)))));
    [easy | | now apply evolves_scal].
  intros t _. assert (H := V_inhabited I).
  rewrite (mean_minus _ H), (mean_const _ H). unfold F.
  rewrite (mean_shift (V I) (xi I (mu t)) (fun v => alpha I * s I * (a I v - -1 * mu t * (d I v - d_min I)))
             (d I) (alpha I * s I * mu t * d_min I) H); [ring |].
  intros v _. unfold xi. ring.
Qed.

(* Theorem 1(b) at d_star = d_max, with d_2 the second-largest in-degree that occurs:
   mu(t) ~ log t / (alpha s (d_max - d_2)). *)
Theorem T1b_up_log (u : nat) :
  coconut_flow I (d_max I) mu -> In u (V I) -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  is_lim (fun t => mu t / ln t) p_infty (/ (alpha I * s I * (d_max I - d I u))).
Proof.
  intros flow Hu Hlt H2. destruct (d_max_attained I) as [w [Hw Ew]].
  apply (end_log I (fun v => d_max I - d I v) (d_max I - d I u) mu).
  - lra.
  - intros v Hv. assert (A := d_at_most I v Hv).
    destruct (Rlt_or_le (d I v) (d_max I)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra.
  - now apply up_flow.
  - exact start.
  - apply (weight_at_pos _ _ _ w); [easy | lra].
  - now apply (weight_at_pos _ _ _ u).
Qed.

(* ... with bounds for all t >= 0. *)
Theorem T1b_up_bounds (u : nat) :
  coconut_flow I (d_max I) mu -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  forall t, 0 <= t ->
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_lo I (d_max I) (d I u) * t) <= mu t <=
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_hi I (d_max I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. destruct (d_max_attained I) as [w [Hw Ew]].
  set (gamma := d_max I - d I u). set (gap := fun v => d_max I - d I v).
  assert (Hg : 0 < gamma) by (unfold gamma; lra).
  assert (Hx : forall v, In v (V I) -> gap v = 0 \/ gamma <= gap v).
  { intros v Hv. unfold gap, gamma. assert (A := d_at_most I v Hv).
    destruct (Rlt_or_le (d I v) (d_max I)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra. }
  assert (Hb : 0 < weight_at I gap 0) by (apply (weight_at_pos _ _ _ w); [easy | unfold gap; lra]).
  assert (Hf := up_flow flow).
  assert (E1 : weight_at I gap gamma = W I (d I u)) by (apply weight_at_W; intros v Hv; unfold gap, gamma; lra).
  assert (E0 : weight_at I gap 0 = W I (d_max I)) by (apply weight_at_W; intros v Hv; unfold gap; lra).
  assert (EA : Rabs (d_max I - d I u) = gamma) by (apply Rabs_pos_eq; unfold gamma in *; lra).
  assert (EG : sum (V I) (fun v => Rabs (d_max I - d I v) * exp (alpha I * s I * a I v)) = weight_gap I gap).
  { apply sum_ext. intros v Hv. rewrite Rabs_pos_eq; [easy |]. assert (A := d_at_most I v Hv). lra. }
  unfold leave_lo, leave_hi. rewrite EA, EG, <- E0, <- E1, <- weight_all_Z. split.
  - now apply (end_lower I gap gamma mu).
  - now apply (end_upper I gap gamma mu).
Qed.

(* Theorem 1(b) at d_star = d_min, with d_1 the second-smallest in-degree that occurs:
   mu(t) ~ - log t / (alpha s (d_1 - d_min)). *)
Theorem T1b_down_log (u : nat) :
  coconut_flow I (d_min I) mu -> In u (V I) -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  is_lim (fun t => -1 * mu t / ln t) p_infty (/ (alpha I * s I * (d I u - d_min I))).
Proof.
  intros flow Hu Hlt H2. destruct (d_min_attained I) as [w [Hw Ew]].
  apply (end_log I (fun v => d I v - d_min I) (d I u - d_min I) (fun t => -1 * mu t)).
  - lra.
  - intros v Hv. assert (A := d_at_least I v Hv).
    destruct (Rlt_or_le (d_min I) (d I v)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra.
  - now apply down_flow.
  - rewrite start. ring.
  - apply (weight_at_pos _ _ _ w); [easy | lra].
  - now apply (weight_at_pos _ _ _ u).
Qed.
(* ... with bounds for all t >= 0. *)
Theorem T1b_down_bounds (u : nat) :
  coconut_flow I (d_min I) mu -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  forall t, 0 <= t ->
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_lo I (d_min I) (d I u) * t) <= - mu t <=
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_hi I (d_min I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. destruct (d_min_attained I) as [w [Hw Ew]].
  set (gamma := d I u - d_min I). set (gap := fun v => d I v - d_min I).
  assert (Hg : 0 < gamma) by (unfold gamma; lra).
  assert (Hx : forall v, In v (V I) -> gap v = 0 \/ gamma <= gap v).
  { intros v Hv. unfold gap, gamma. assert (A := d_at_least I v Hv).
    destruct (Rlt_or_le (d_min I) (d I v)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra. }
  assert (Hb : 0 < weight_at I gap 0) by (apply (weight_at_pos _ _ _ w); [easy | unfold gap; lra]).
  assert (Hf := down_flow flow). assert (Hs : (fun t => -1 * mu t) 0 = 0) by (cbv beta; rewrite start; ring).
  assert (E1 : weight_at I gap gamma = W I (d I u)) by (apply weight_at_W; intros v Hv; unfold gap, gamma; lra).
  assert (E0 : weight_at I gap 0 = W I (d_min I)) by (apply weight_at_W; intros v Hv; unfold gap; lra).
  assert (EA : Rabs (d_min I - d I u) = gamma) by (rewrite Rabs_minus_sym; apply Rabs_pos_eq; unfold gamma in *; lra).
  assert (EG : sum (V I) (fun v => Rabs (d_min I - d I v) * exp (alpha I * s I * a I v)) = weight_gap I gap).
  { apply sum_ext. intros v Hv. rewrite Rabs_minus_sym, Rabs_pos_eq; [easy |]. assert (A := d_at_least I v Hv). lra. }
  unfold leave_lo, leave_hi. rewrite EA, EG, <- E0, <- E1, <- weight_all_Z.
  replace (- mu t) with (-1 * mu t) by ring. split.
  - now apply (end_lower I gap gamma (fun t => -1 * mu t)).
  - now apply (end_upper I gap gamma (fun t => -1 * mu t)).
Qed.
End Cases.
