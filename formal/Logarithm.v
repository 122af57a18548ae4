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
Variables (I : instance) (x : nat -> R) (gap : R).
Notation k := (alpha I * s I).
Notation V := (V I).
Hypothesis gap_pos : 0 < gap.
Hypothesis x_values : forall v, In v V -> x v = 0 \/ gap <= x v.

Definition weight_at (y : R) : R :=
  sum V (fun v => (if Req_EM_T (x v) y then 1 else 0) * exp (k * a I v)).
Definition weight_all : R := sum V (fun v => exp (k * a I v)).
Definition weight_gap : R := sum V (fun v => x v * exp (k * a I v)).

Hypothesis bottom : 0 < weight_at 0.

Lemma x_nonneg v : In v V -> 0 <= x v.
Proof. intros H. destruct (x_values v H); lra. Qed.

Lemma weight_at_nonneg y : 0 <= weight_at y.
Proof.
  apply sum_nonneg. intros v _. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos].
Qed.

Lemma weight_all_pos : 0 < weight_all.
Proof. apply (partition_pos V (fun v => k * a I v)), V_inhabited. Qed.

Lemma k_gap_pos : 0 < k * gap.
Proof. apply Rmult_lt_0_compat; [apply alpha_s_pos | easy]. Qed.

Lemma kappa_gap_pos : 0 < kappa I * gap.
Proof. apply Rmult_lt_0_compat; [apply kappa_pos | easy]. Qed.

(* b1 = kappa gap^2 W_gap / Z(0),   b2 = kappa gap sum_v x_v exp(alpha s a_v) / W_0 *)
Definition end_lo : R := kappa I * gap * (gap * weight_at gap / weight_all).
Definition end_hi : R := kappa I * gap * (weight_gap / weight_at 0).

Lemma end_lo_nonneg : 0 <= end_lo.
Proof.
  unfold end_lo. apply Rmult_le_pos; [left; apply kappa_gap_pos |].
  apply Rdiv_le_0_compat; [| apply weight_all_pos]. apply Rmult_le_pos; [lra | apply weight_at_nonneg].
Qed.

(* How fast nu grows where its value is y, and the logarithmic speed of e^{k gap nu} there. *)
Definition leave (y : R) : R := mean V (fun v => k * (a I v - y * x v)) x.

Lemma leave_nonneg y : 0 <= leave y.
Proof. apply mean_nonneg; [apply V_inhabited | apply x_nonneg]. Qed.

Lemma leave_pace y : k * gap * (alpha I / (n I * sqrt (K I)) * leave y) = kappa I * gap * leave y.
Proof. rewrite <- rate_kappa. ring. Qed.

Section Value.
Variable y : R.
Hypothesis y_nonneg : 0 <= y.
Let f : R := exp (k * gap * y).
Let top_sum : R := sum V (fun v => x v * exp (k * (a I v - y * x v))).
Let all_sum : R := partition V (fun v => k * (a I v - y * x v)).

Lemma k_y_nonneg : 0 <= k * y.
Proof. apply Rmult_le_pos; [left; apply alpha_s_pos | easy]. Qed.

Lemma all_sum_low : weight_at 0 <= all_sum.
Proof.
  unfold weight_at, all_sum, partition. apply sum_le. intros v Hv.
  destruct (Req_EM_T (x v) 0) as [E | _].
  - rewrite E, Rmult_0_r, Rminus_0_r. lra.
  - rewrite Rmult_0_l. left; apply exp_pos.
Qed.

Lemma all_sum_high : all_sum <= weight_all.
Proof.
  unfold weight_all, all_sum, partition. apply sum_le. intros v Hv. apply exp_le.
  assert (0 <= k * y * x v) by (apply Rmult_le_pos; [apply k_y_nonneg | now apply x_nonneg]). lra.
Qed.

Lemma top_sum_low : gap * weight_at gap <= f * top_sum.
Proof.
  unfold weight_at, top_sum. rewrite <- 2 sum_scal. apply sum_le. intros v Hv.
  destruct (Req_EM_T (x v) gap) as [E | _].
  - right. rewrite E, Rmult_1_l. unfold f.
    replace (exp (k * gap * y) * (gap * exp (k * (a I v - y * gap))))
      with (gap * (exp (k * gap * y) * exp (k * (a I v - y * gap)))) by ring.
    rewrite <- exp_plus. f_equal. f_equal. ring.
  - rewrite Rmult_0_l, Rmult_0_r. apply Rmult_le_pos; [left; apply exp_pos |].
    apply Rmult_le_pos; [now apply x_nonneg | left; apply exp_pos].
Qed.

Lemma top_sum_high : f * top_sum <= weight_gap.
Proof.
  unfold weight_gap, top_sum. rewrite <- sum_scal. apply sum_le. intros v Hv.
  destruct (x_values v Hv) as [E | E]; [rewrite E; lra |].
  replace (f * (x v * exp (k * (a I v - y * x v))))
    with (x v * (f * exp (k * (a I v - y * x v)))) by ring.
  apply Rmult_le_compat_l; [now apply x_nonneg |]. unfold f. rewrite <- exp_plus. apply exp_le.
  assert (0 <= k * y * (x v - gap)) by (apply Rmult_le_pos; [apply k_y_nonneg | lra]). lra.
Qed.

Lemma leave_bounds : end_lo <= exp (k * gap * y) * (kappa I * gap * leave y) <= end_hi.
Proof.
  assert (KG := kappa_gap_pos). assert (L := all_sum_low). assert (U := top_sum_low).
  assert (C := weight_at_nonneg gap). assert (G : 0 <= gap * weight_at gap) by (apply Rmult_le_pos; lra).
  fold f. replace (f * (kappa I * gap * leave y)) with (kappa I * gap * (f * top_sum / all_sum))
    by (unfold leave, mean; fold top_sum all_sum; field; lra).
  split; (apply Rmult_le_compat_l; [lra |]); unfold Rdiv; apply Rmult_le_compat; try lra.
  - left. apply Rinv_0_lt_compat, weight_all_pos.
  - apply Rinv_le_contravar; [lra | apply all_sum_high].
  - left. apply Rinv_0_lt_compat. lra.
  - apply top_sum_high.
  - apply Rinv_le_contravar; lra.
Qed.
End Value.

Section Flow.
Variable nu : R -> R.
Hypothesis flow : evolves nu (fun t => alpha I / (n I * sqrt (K I)) * leave (nu t)).
Hypothesis start : nu 0 = 0.

Lemma nu_nonneg t : 0 <= t -> 0 <= nu t.
Proof.
  intros Ht. rewrite <- start. apply (never_falls nu _ flow); [| lra]. intros u _.
  apply Rmult_le_pos; [left; apply rate_pos | apply leave_nonneg].
Qed.

Let f (t : R) : R := exp (k * gap * nu t).

Lemma f_evolves : evolves f (fun t => f t * (kappa I * gap * leave (nu t))).
Proof.
  eapply evolves_ext; [| | exact (evolves_exp _ _ (evolves_scal (k * gap) _ _ flow))]; [easy |].
  intros t _. cbv beta. now rewrite leave_pace.
Qed.

Lemma f_start : f 0 = 1.
Proof. unfold f. rewrite start, Rmult_0_r. apply exp_0. Qed.

Lemma end_lower t : 0 <= t -> / (k * gap) * ln (1 + end_lo * t) <= nu t.
Proof.
  intros Ht. apply ln_at_most; [apply k_gap_pos | |].
  - assert (0 <= end_lo * t) by (apply Rmult_le_pos; [apply end_lo_nonneg | easy]). lra.
  - rewrite <- f_start. apply (grows_at_least f _ f_evolves); [| easy].
    intros u Hu. apply leave_bounds, nu_nonneg. lra.
Qed.

Lemma end_upper t : 0 <= t -> nu t <= / (k * gap) * ln (1 + end_hi * t).
Proof.
  intros Ht. apply ln_at_least; [apply k_gap_pos |]. fold (f t). rewrite <- f_start.
  apply (grows_at_most f _ f_evolves); [| easy]. intros u Hu. apply leave_bounds, nu_nonneg. lra.
Qed.

Lemma end_log : 0 < weight_at gap -> is_lim (fun t => nu t / ln t) p_infty (/ (k * gap)).
Proof.
  intros H. assert (KG := kappa_gap_pos). assert (WA := weight_all_pos).
  assert (Lo : 0 < end_lo).
  { unfold end_lo. apply Rmult_lt_0_compat; [easy |]. apply Rdiv_lt_0_compat; [| easy].
    now apply Rmult_lt_0_compat. }
  apply (log_law nu _ end_lo end_hi); [apply k_gap_pos | easy | | apply end_lower | apply end_upper].
  destruct (leave_bounds 0 (Rle_refl 0)). lra.
Qed.
End Flow.
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

(* The two ends of the range of d_star, from the same section: x_v = d_max - d_v with nu = mu, and
   x_v = d_v - d_min with nu = - mu; u has the nearest other in-degree. *)
Section Ends.
Variables (I : instance) (u : nat).
Notation k := (alpha I * s I).

Definition above (v : nat) : R := d_max I - d I v.
Definition over (v : nat) : R := d I v - d_min I.

Lemma up_velocity y : d_max I - F I y = leave I above y.
Proof.
  unfold leave, above. assert (H := V_inhabited I).
  rewrite (mean_minus _ H), (mean_const _ H). unfold F.
  rewrite (mean_shift (V I) (xi I y) (fun v => k * (a I v - y * (d_max I - d I v)))
             (d I) (k * y * d_max I) H); [easy |].
  intros v _. unfold xi. ring.
Qed.

Lemma down_velocity y : F I (- y) - d_min I = leave I over y.
Proof.
  unfold leave, over. assert (H := V_inhabited I).
  rewrite (mean_minus _ H), (mean_const _ H). unfold F.
  rewrite (mean_shift (V I) (xi I (- y)) (fun v => k * (a I v - y * (d I v - d_min I)))
             (d I) (- (k * y * d_min I)) H); [ring |].
  intros v _. unfold xi. ring.
Qed.

Lemma bottom_up : 0 < weight_at I above 0.
Proof.
  destruct (d_max_attained I) as [w [Hw Ew]]. apply (weight_at_pos _ _ _ w); [easy | unfold above; lra].
Qed.

Lemma bottom_down : 0 < weight_at I over 0.
Proof.
  destruct (d_min_attained I) as [w [Hw Ew]]. apply (weight_at_pos _ _ _ w); [easy | unfold over; lra].
Qed.

Lemma above_values : (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  forall v, In v (V I) -> above v = 0 \/ above u <= above v.
Proof.
  intros H2 v Hv. unfold above. assert (A := d_at_most I v Hv).
  destruct (Rlt_or_le (d I v) (d_max I)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra.
Qed.

Lemma over_values : (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  forall v, In v (V I) -> over v = 0 \/ over u <= over v.
Proof.
  intros H2 v Hv. unfold over. assert (A := d_at_least I v Hv).
  destruct (Rlt_or_le (d_min I) (d I v)) as [L | L]; [right; specialize (H2 v Hv L) | left]; lra.
Qed.

(* Both ends have the constants leave_lo and leave_hi. *)
Lemma end_constants (x : nat -> R) d_star : (forall v, In v (V I) -> x v = Rabs (d_star - d I v)) ->
  (forall v, In v (V I) -> (x v = x u <-> d I v = d I u)) -> x u = Rabs (d_star - d I u) ->
  end_lo I x (x u) = leave_lo I d_star (d I u) /\ end_hi I x (x u) = leave_hi I d_star (d I u).
Proof.
  intros E Eu Ex. unfold end_lo, end_hi, leave_lo, leave_hi, weight_gap.
  rewrite (weight_at_W I x (x u) (d I u) Eu), weight_all_Z, Ex.
  rewrite (weight_at_W I x 0 d_star).
  - split; [easy |]. do 2 f_equal. apply sum_ext. intros v Hv. now rewrite E.
  - intros v Hv. rewrite E by easy. split; intros Z.
    + destruct (Req_dec (d_star - d I v) 0) as [| N]; [lra | now apply Rabs_no_R0 in N].
    + rewrite Z, Rminus_eq_0. apply Rabs_R0.
Qed.

Lemma up_constants : d I u < d_max I ->
  end_lo I above (above u) = leave_lo I (d_max I) (d I u) /\
  end_hi I above (above u) = leave_hi I (d_max I) (d I u).
Proof.
  intros H. apply end_constants.
  - intros v Hv. assert (A := d_at_most I v Hv). unfold above. rewrite Rabs_pos_eq; lra.
  - intros v _. unfold above. lra.
  - unfold above. rewrite Rabs_pos_eq; lra.
Qed.

Lemma down_constants : d_min I < d I u ->
  end_lo I over (over u) = leave_lo I (d_min I) (d I u) /\
  end_hi I over (over u) = leave_hi I (d_min I) (d I u).
Proof.
  intros H. apply end_constants.
  - intros v Hv. assert (A := d_at_least I v Hv). unfold over. rewrite Rabs_minus_sym, Rabs_pos_eq; lra.
  - intros v _. unfold over. lra.
  - unfold over. rewrite Rabs_minus_sym, Rabs_pos_eq; lra.
Qed.
End Ends.

Section Cases.
Variables (I : instance) (mu : R -> R).
Hypothesis start : mu 0 = 0.
Variable u : nat.

Lemma up_flow : coconut_flow I (d_max I) mu -> evolves mu (fun t =>
  alpha I / (n I * sqrt (K I)) * leave I (above I) (mu t)).
Proof.
  intros flow. eapply evolves_ext; [| | exact flow]; [easy |]. intros t _. now rewrite <- up_velocity.
Qed.

Lemma down_flow : coconut_flow I (d_min I) mu -> evolves (fun t => -1 * mu t) (fun t =>
  alpha I / (n I * sqrt (K I)) * leave I (over I) (-1 * mu t)).
Proof.
  intros flow. eapply evolves_ext; [| | exact (evolves_scal (-1) _ _ flow)]; [easy |].
  intros t _. cbv beta. rewrite <- down_velocity. replace (- (-1 * mu t)) with (mu t) by ring. ring.
Qed.

Lemma down_start : -1 * mu 0 = 0.
Proof. rewrite start. ring. Qed.

(* Theorem 1(b) at d_star = d_max, with u of the second-largest in-degree that occurs:
   mu(t) ~ log t / (alpha s (d_max - d_u)). *)
Theorem T1b_up_log :
  coconut_flow I (d_max I) mu -> In u (V I) -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  is_lim (fun t => mu t / ln t) p_infty (/ (alpha I * s I * (d_max I - d I u))).
Proof.
  intros flow Hu Hlt H2.
  apply (end_log I (above I) (above I u) (Rlt_Rminus _ _ Hlt) (above_values I u H2) (bottom_up I) mu).
  - now apply up_flow.
  - exact start.
  - now apply (weight_at_pos _ _ _ u).
Qed.

(* ... with bounds for all t >= 0. *)
Theorem T1b_up_bounds :
  coconut_flow I (d_max I) mu -> d I u < d_max I ->
  (forall v, In v (V I) -> d I v < d_max I -> d I v <= d I u) ->
  forall t, 0 <= t ->
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_lo I (d_max I) (d I u) * t) <= mu t <=
  / (alpha I * s I * (d_max I - d I u)) * ln (1 + leave_hi I (d_max I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. destruct (up_constants I u Hlt) as [<- <-].
  assert (Hg := Rlt_Rminus _ _ Hlt). assert (Hx := above_values I u H2). assert (Hb := bottom_up I).
  split.
  - now apply (end_lower I (above I) (above I u) Hg Hx Hb mu (up_flow flow)).
  - now apply (end_upper I (above I) (above I u) Hg Hx Hb mu (up_flow flow)).
Qed.

(* Theorem 1(b) at d_star = d_min, with u of the second-smallest in-degree that occurs:
   mu(t) ~ - log t / (alpha s (d_u - d_min)). *)
Theorem T1b_down_log :
  coconut_flow I (d_min I) mu -> In u (V I) -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  is_lim (fun t => -1 * mu t / ln t) p_infty (/ (alpha I * s I * (d I u - d_min I))).
Proof.
  intros flow Hu Hlt H2.
  apply (end_log I (over I) (over I u) (Rlt_Rminus _ _ Hlt) (over_values I u H2) (bottom_down I) _
           (down_flow flow) down_start).
  now apply (weight_at_pos _ _ _ u).
Qed.

(* ... with bounds for all t >= 0. *)
Theorem T1b_down_bounds :
  coconut_flow I (d_min I) mu -> d_min I < d I u ->
  (forall v, In v (V I) -> d_min I < d I v -> d I u <= d I v) ->
  forall t, 0 <= t ->
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_lo I (d_min I) (d I u) * t) <= - mu t <=
  / (alpha I * s I * (d I u - d_min I)) * ln (1 + leave_hi I (d_min I) (d I u) * t).
Proof.
  intros flow Hlt H2 t Ht. destruct (down_constants I u Hlt) as [<- <-].
  replace (- mu t) with (-1 * mu t) by ring.
  assert (Hg := Rlt_Rminus _ _ Hlt). assert (Hx := over_values I u H2). assert (Hb := bottom_down I).
  split.
  - now apply (end_lower I (over I) (over I u) Hg Hx Hb _ (down_flow flow) down_start).
  - now apply (end_upper I (over I) (over I u) Hg Hx Hb _ (down_flow flow) down_start).
Qed.
End Cases.
