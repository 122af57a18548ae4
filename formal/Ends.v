(* Theorem 1(b) where d_star is the largest or the least in-degree: the logit leaves like a logarithm. *)
From Coq Require Import Reals Lra Lia List.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph Model.
Import ListNotations.
Open Scope R_scope.

(* ** Both ends of Theorem 1(b) at once: nu = |mu - mu(0)|, x_v = |d_v - d_star|, and b_v the readout
   at the start over alpha s. *)
Section End.
Variables (I : thought) (b x : nat -> R) (gap : R).
Notation k := (alpha I * s I).
Notation V := (V I).
Hypothesis gap_pos : 0 < gap.
Hypothesis x_values : forall v, In v V -> x v = 0 \/ gap <= x v.

Definition weight_at (y : R) : R :=
  sum V (fun v => (if Req_EM_T (x v) y then 1 else 0) * exp (k * b v)).
Definition weight_all : R := sum V (fun v => exp (k * b v)).
Definition weight_gap : R := sum V (fun v => x v * exp (k * b v)).

Hypothesis bottom : 0 < weight_at 0.

Lemma x_nonneg v : In v V -> 0 <= x v.
Proof. intros H. destruct (x_values v H); lra. Qed.

Lemma weight_at_nonneg y : 0 <= weight_at y.
Proof.
  apply sum_nonneg. intros v _. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos].
Qed.

Lemma weight_all_pos : 0 < weight_all.
Proof. apply (partition_pos V (fun v => k * b v)), V_inhabited. Qed.

Lemma k_gap_pos : 0 < k * gap.
Proof. apply Rmult_lt_0_compat; [apply alpha_s_pos | easy]. Qed.

Lemma kappa_gap_pos : 0 < kappa I * gap.
Proof. apply Rmult_lt_0_compat; [apply kappa_pos | easy]. Qed.

(* b1 = kappa gap^2 W_gap / Z(0),   b2 = kappa gap sum_v x_v exp(alpha s b_v) / W_0 *)
Definition end_lo : R := kappa I * gap * (gap * weight_at gap / weight_all).
Definition end_hi : R := kappa I * gap * (weight_gap / weight_at 0).

Lemma end_lo_nonneg : 0 <= end_lo.
Proof.
  unfold end_lo. apply Rmult_le_pos; [left; apply kappa_gap_pos |].
  apply Rdiv_le_0_compat; [| apply weight_all_pos]. apply Rmult_le_pos; [lra | apply weight_at_nonneg].
Qed.

(* How fast nu grows where its value is y, and the logarithmic speed of e^{k gap nu} there. *)
Definition leave (y : R) : R := mean V (fun v => k * (b v - y * x v)) x.

Lemma leave_nonneg y : 0 <= leave y.
Proof. apply mean_nonneg; [apply V_inhabited | apply x_nonneg]. Qed.

Lemma leave_pace y : k * gap * (alpha I / (n I * sqrt (K I)) * leave y) = kappa I * gap * leave y.
Proof. rewrite <- rate_kappa. ring. Qed.

Section Value.
Variable y : R.
Hypothesis y_nonneg : 0 <= y.
Let f : R := exp (k * gap * y).
Let top_sum : R := sum V (fun v => x v * exp (k * (b v - y * x v))).
Let all_sum : R := partition V (fun v => k * (b v - y * x v)).

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
    replace (exp (k * gap * y) * (gap * exp (k * (b v - y * gap))))
      with (gap * (exp (k * gap * y) * exp (k * (b v - y * gap)))) by ring.
    rewrite <- exp_plus. f_equal. f_equal. ring.
  - rewrite Rmult_0_l, Rmult_0_r. apply Rmult_le_pos; [left; apply exp_pos |].
    apply Rmult_le_pos; [now apply x_nonneg | left; apply exp_pos].
Qed.

Lemma top_sum_high : f * top_sum <= weight_gap.
Proof.
  unfold weight_gap, top_sum. rewrite <- sum_scal. apply sum_le. intros v Hv.
  destruct (x_values v Hv) as [E | E]; [rewrite E; lra |].
  replace (f * (x v * exp (k * (b v - y * x v))))
    with (x v * (f * exp (k * (b v - y * x v)))) by ring.
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

Lemma weight_at_pos I b x y w : In w (V I) -> x w = y -> 0 < weight_at I b x y.
Proof.
  intros Hw E. unfold weight_at. apply (sum_pos _ _ w); [| easy |].
  - intros v _. apply Rmult_le_pos; [destruct (Req_EM_T _ _); lra | left; apply exp_pos].
  - destruct (Req_EM_T (x w) y); [| contradiction]. rewrite Rmult_1_l. apply exp_pos.
Qed.
