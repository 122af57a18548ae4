(* Coconut-BFS at c = 0 with the carry-over weight omega trained too.
   The root (no self-loop) has m children; everything else lies outside N_1.
   xi = alpha omega at the root, alpha mu at the m children, 0 at the n_out others. *)
From Coq Require Import Reals Lra Lia.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis.
Open Scope R_scope.

(* Both logits follow E_S[.] - E_V[.]; mu at the speed C, omega at the speed C/r:
   E_S[d] - E_V[d] = m e^{alpha mu} n_out / (Z_S Z),  E_S[a] - E_V[a] = e^{alpha omega} n_out / (Z_S Z),
   with Z_S = e^{alpha omega} + m e^{alpha mu},  Z = Z_S + n_out. *)
Section CarryOver.
Variables (alpha rate r m n_out mu0 omega0 : R).
Hypothesis alpha_pos : 0 < alpha.
Hypothesis rate_pos : 0 < rate.
Hypothesis r_pos : 0 < r.
Hypothesis m_pos : 0 < m.
Hypothesis n_out_pos : 0 < n_out.

Definition Z_S (mu omega : R) : R := exp (alpha * omega) + m * exp (alpha * mu).
Definition common (mu omega : R) : R :=
  rate * alpha * n_out / (Z_S mu omega * (Z_S mu omega + n_out)).

Variables mu omega : R -> R.
Hypothesis mu_flow :
  evolves mu (fun t => common (mu t) (omega t) * (m * exp (alpha * mu t))).
Hypothesis omega_flow :
  evolves omega (fun t => / r * (common (mu t) (omega t) * exp (alpha * omega t))).
Hypothesis mu_start : mu 0 = mu0.
Hypothesis omega_start : omega 0 = omega0.

Lemma Z_S_pos x y : 0 < Z_S x y.
Proof.
  unfold Z_S. assert (A := exp_pos (alpha * y)). assert (B := exp_pos (alpha * x)). nra.
Qed.

Lemma common_pos x y : 0 < common x y.
Proof.
  assert (P := Z_S_pos x y). unfold common. apply Rdiv_lt_0_compat.
  - repeat apply Rmult_lt_0_compat; easy.
  - apply Rmult_lt_0_compat; lra.
Qed.

(* The common factor falls as the logits grow. *)
Lemma common_falls x y x' y' : x <= x' -> y <= y' -> common x' y' <= common x y.
Proof.
  intros Hx Hy. assert (P := Z_S_pos x y). assert (P' := Z_S_pos x' y').
  assert (Q : Z_S x y <= Z_S x' y').
  { unfold Z_S. apply Rplus_le_compat; [| apply Rmult_le_compat_l; [lra |]];
      apply exp_le, Rmult_le_compat_l; lra. }
  unfold common, Rdiv. apply Rmult_le_compat_l.
  - left. repeat apply Rmult_lt_0_compat; easy.
  - apply Rinv_le_contravar; [apply Rmult_lt_0_compat; lra |].
    apply Rmult_le_compat; lra.
Qed.

(* delta = e^{- alpha mu0} - r m e^{- alpha omega0} *)
Definition delta : R := exp (- (alpha * mu0)) - r * m * exp (- (alpha * omega0)).

(* The conserved quantity:  e^{- alpha mu} - r m e^{- alpha omega} = delta  for all t. *)
Theorem carry_over_conserved t : 0 <= t ->
  exp (- alpha * mu t) - r * m * exp (- alpha * omega t) = delta.
Proof.
  intros Ht.
  assert (E := evolves_minus _ _ _ _ (evolves_exp _ _ (evolves_scal (- alpha) _ _ mu_flow))
                 (evolves_scal (r * m) _ _ (evolves_exp _ _ (evolves_scal (- alpha) _ _ omega_flow)))).
  rewrite (stands_still _ _ E); [| | easy].
  - rewrite mu_start, omega_start. unfold delta. f_equal; [| f_equal]; f_equal; ring.
  - intros u _. cbv beta.
    assert (A : forall x, exp (- alpha * x) * exp (alpha * x) = 1).
    { intros x. rewrite <- exp_plus. replace (- alpha * x + alpha * x) with 0 by ring. apply exp_0. }
    assert (A1 := A (mu u)). assert (A2 := A (omega u)).
    set (q := common (mu u) (omega u)).
    replace (exp (- alpha * mu u) * (- alpha * (q * (m * exp (alpha * mu u)))))
      with (- alpha * q * m * (exp (- alpha * mu u) * exp (alpha * mu u))) by ring.
    replace (r * m * (exp (- alpha * omega u) * (- alpha * (/ r * (q * exp (alpha * omega u))))))
      with (- alpha * q * m * (exp (- alpha * omega u) * exp (alpha * omega u))) by (field; lra).
    rewrite A1, A2. ring.
Qed.

Lemma mu_rises t : 0 < t -> 0 < common (mu t) (omega t) * (m * exp (alpha * mu t)).
Proof.
  intros _. apply Rmult_lt_0_compat; [apply common_pos |].
  apply Rmult_lt_0_compat; [easy | apply exp_pos].
Qed.

Lemma omega_rises t : 0 < t -> 0 < / r * (common (mu t) (omega t) * exp (alpha * omega t)).
Proof.
  intros _. apply Rmult_lt_0_compat; [now apply Rinv_0_lt_compat |].
  apply Rmult_lt_0_compat; [apply common_pos | apply exp_pos].
Qed.

Lemma mu_at_least t : 0 <= t -> mu0 <= mu t.
Proof.
  intros Ht. rewrite <- mu_start. apply (never_falls mu _ mu_flow); [| lra].
  intros; left; now apply mu_rises.
Qed.

Lemma omega_at_least t : 0 <= t -> omega0 <= omega t.
Proof.
  intros Ht. rewrite <- omega_start. apply (never_falls omega _ omega_flow); [| lra].
  intros; left; now apply omega_rises.
Qed.

Lemma exp_inv_le x y : exp x <= exp y -> x <= y.
Proof.
  intros H. apply Rnot_lt_le. intros L. apply exp_increasing in L. lra.
Qed.

Lemma scaled_exp_value x B : 0 < B -> B <= exp (- alpha * x) -> x <= - ln B / alpha.
Proof.
  intros HB H. rewrite <- (exp_ln B) in H by easy. apply exp_inv_le in H.
  apply Rle_div_r; lra.
Qed.

(* For delta >= 0 omega escapes, for delta <= 0 mu does. *)
Lemma omega_escapes : 0 <= delta -> is_lim omega p_infty p_infty.
Proof.
  intros Hd. apply (escapes omega _ omega_flow); [intros; left; now apply omega_rises |].
  intros level. set (B := r * m * exp (- alpha * level)).
  assert (HB : 0 < B) by (apply Rmult_lt_0_compat; [nra | apply exp_pos]).
  exists (/ r * (common (- ln B / alpha) level * exp (alpha * omega0))). split.
  - apply Rmult_lt_0_compat; [now apply Rinv_0_lt_compat |].
    apply Rmult_lt_0_compat; [apply common_pos | apply exp_pos].
  - intros t Ht Hle. apply Rmult_le_compat_l; [left; now apply Rinv_0_lt_compat |].
    apply Rmult_le_compat; [left; apply common_pos | left; apply exp_pos | |].
    + apply common_falls; [| easy]. apply scaled_exp_value; [easy |].
      assert (Q := carry_over_conserved t ltac:(lra)).
      assert (B <= r * m * exp (- alpha * omega t)); [| lra].
      apply Rmult_le_compat_l; [nra | apply exp_le; nra].
    + apply exp_le, Rmult_le_compat_l; [lra | apply omega_at_least; lra].
Qed.

Lemma mu_escapes : delta <= 0 -> is_lim mu p_infty p_infty.
Proof.
  intros Hd. apply (escapes mu _ mu_flow); [intros; left; now apply mu_rises |].
  intros level. set (B := exp (- alpha * level) / (r * m)).
  assert (HB : 0 < B) by (apply Rdiv_lt_0_compat; [apply exp_pos | nra]).
  exists (common level (- ln B / alpha) * (m * exp (alpha * mu0))). split.
  - apply Rmult_lt_0_compat; [apply common_pos |].
    apply Rmult_lt_0_compat; [easy | apply exp_pos].
  - intros t Ht Hle.
    apply Rmult_le_compat; [left; apply common_pos | | |].
    + left. apply Rmult_lt_0_compat; [easy | apply exp_pos].
    + apply common_falls; [easy |]. apply scaled_exp_value; [easy |].
      assert (Q := carry_over_conserved t ltac:(lra)).
      unfold B. apply Rle_div_l; [nra |].
      assert (exp (- alpha * level) <= exp (- alpha * mu t)) by (apply exp_le; nra). lra.
    + apply Rmult_le_compat_l; [lra |]. apply exp_le, Rmult_le_compat_l; [lra |].
      apply mu_at_least; lra.
Qed.

Lemma exp_vanishes f : is_lim f p_infty p_infty -> is_lim (fun t => exp (- alpha * f t)) p_infty 0.
Proof.
  intros H. apply (is_lim_comp exp (fun t => - alpha * f t) p_infty 0 m_infty).
  - apply is_lim_exp_m.
  - replace m_infty with (Rbar_mult (- alpha) p_infty).
    + now apply is_lim_scal_l.
    + simpl. destruct (Rle_dec 0 (- alpha)); [exfalso; lra | easy].
  - exists 0. easy.
Qed.

Lemma limit_from_exp f l : 0 < l -> is_lim (fun t => exp (- alpha * f t)) p_infty l ->
  is_lim f p_infty (- ln l / alpha).
Proof.
  intros Hl H. apply (is_lim_ext (fun t => - / alpha * ln (exp (- alpha * f t)))).
  - intros t. rewrite ln_exp. field. lra.
  - replace (Finite (- ln l / alpha)) with (Rbar_mult (- / alpha) (ln l))
      by (simpl; f_equal; field; lra).
    apply is_lim_scal_l. apply (is_lim_comp_continuous (fun t => exp (- alpha * f t)) ln); [exact H |].
    apply continuity_pt_filterlim. apply derivable_continuous_pt.
    exists (/ l). now apply derivable_pt_lim_ln.
Qed.

(* delta > 0:  omega -> oo and mu stays bounded,  mu -> - log(delta)/alpha. *)
Theorem carry_over_bounded : 0 < delta ->
  is_lim omega p_infty p_infty /\ is_lim mu p_infty (- ln delta / alpha).
Proof.
  intros Hd. assert (O := omega_escapes ltac:(lra)). split; [easy |].
  apply limit_from_exp; [easy |].
  apply (is_lim_ext_loc (fun t => delta + r * m * exp (- alpha * omega t))).
  - exists 0. intros t Ht. assert (Q := carry_over_conserved t ltac:(lra)). lra.
  - replace (Finite delta) with (Rbar_plus delta (Rbar_mult (r * m) 0))
      by (simpl; f_equal; ring).
    apply is_lim_plus'; [apply is_lim_const |].
    apply (is_lim_scal_l _ (r * m) p_infty 0), exp_vanishes, O.
Qed.

(* delta < 0:  mu -> oo and omega -> - log(- delta/(r m))/alpha. *)
Theorem carry_over_diverges : delta < 0 ->
  is_lim mu p_infty p_infty /\ is_lim omega p_infty (- ln (- delta / (r * m)) / alpha).
Proof.
  intros Hd. assert (M := mu_escapes ltac:(lra)). split; [easy |].
  assert (RM : 0 < r * m) by nra.
  apply limit_from_exp; [apply Rdiv_lt_0_compat; lra |].
  apply (is_lim_ext_loc (fun t => - delta / (r * m) + / (r * m) * exp (- alpha * mu t))).
  - exists 0. intros t Ht. assert (Q := carry_over_conserved t ltac:(lra)).
    replace (exp (- alpha * mu t)) with (delta + r * m * exp (- alpha * omega t)) by lra.
    field. lra.
  - replace (Finite (- delta / (r * m)))
      with (Rbar_plus (- delta / (r * m)) (Rbar_mult (/ (r * m)) 0))
      by (simpl; f_equal; ring).
    apply is_lim_plus'; [apply is_lim_const |].
    apply (is_lim_scal_l _ (/ (r * m)) p_infty 0), exp_vanishes, M.
Qed.

(* delta = 0:  both diverge. *)
Theorem carry_over_both : delta = 0 ->
  is_lim omega p_infty p_infty /\ is_lim mu p_infty p_infty.
Proof. intros Hd. split; [apply omega_escapes; lra | apply mu_escapes; lra]. Qed.

(* delta = 0 from equal starts:  mu = omega for all t. *)
Theorem carry_over_tied : r * m = 1 -> mu0 = omega0 -> delta = 0 /\ forall t, 0 <= t -> mu t = omega t.
Proof.
  intros R1 E0. assert (Z : delta = 0) by (unfold delta; rewrite R1, E0; ring). split; [easy |].
  intros t Ht. assert (Q := carry_over_conserved t Ht). rewrite Z, R1 in Q.
  assert (X : exp (- alpha * mu t) = exp (- alpha * omega t)) by lra.
  apply exp_inv in X. apply Rmult_eq_reg_l in X; lra.
Qed.

(* The part of the children in the softmax over N_1, and that of the root. *)
Definition part_new (t : R) : R := m * exp (alpha * mu t) / Z_S (mu t) (omega t).
Definition part_root (t : R) : R := exp (alpha * omega t) / Z_S (mu t) (omega t).

Lemma fades (x y : R -> R) (b l : R) : 0 <= b -> is_lim x p_infty l -> is_lim y p_infty p_infty ->
  is_lim (fun t => b * (exp (alpha * x t) * exp (- alpha * y t))) p_infty 0.
Proof.
  intros Hb X Y. apply exp_vanishes in Y.
  replace (Finite 0) with (Rbar_mult b (Rbar_mult (exp (alpha * l)) 0)) by (simpl; f_equal; ring).
  apply (is_lim_scal_l _ b p_infty), (is_lim_mult _ _ p_infty (exp (alpha * l)) 0); [| easy | easy].
  apply (is_lim_comp_continuous (fun t => alpha * x t) exp).
  - apply (is_lim_scal_l x alpha p_infty l X).
  - apply continuity_pt_filterlim, derivable_continuous, derivable_exp.
Qed.

Lemma part_fades (p q : R -> R) : (forall t, 0 < p t) -> (forall t, 0 < q t) ->
  is_lim (fun t => p t / q t) p_infty 0 -> is_lim (fun t => p t / (p t + q t)) p_infty 0.
Proof.
  intros P Q H. apply (is_lim_le_le_loc (fun _ => 0) (fun t => p t / q t)); [| apply is_lim_const | easy].
  exists 0. intros t _. specialize (P t). specialize (Q t). split; [apply Rdiv_le_0_compat; lra |].
  unfold Rdiv. apply Rmult_le_compat_l; [lra |]. apply Rinv_le_contravar; lra.
Qed.

(* delta > 0:  the softmax forgets the children;  delta < 0:  it forgets the root. *)
Theorem carry_over_forgets_new : 0 < delta -> is_lim part_new p_infty 0.
Proof.
  intros Hd. destruct (carry_over_bounded Hd) as [O M].
  apply (is_lim_ext (fun t => m * exp (alpha * mu t) / (m * exp (alpha * mu t) + exp (alpha * omega t)))).
  { intros t. unfold part_new, Z_S. f_equal. ring. }
  apply part_fades.
  - intros t. apply Rmult_lt_0_compat; [easy | apply exp_pos].
  - intros t. apply exp_pos.
  - apply (is_lim_ext (fun t => m * (exp (alpha * mu t) * exp (- alpha * omega t)))).
    + intros t. replace (- alpha * omega t) with (- (alpha * omega t)) by ring. rewrite exp_Ropp.
      unfold Rdiv. ring.
    + apply (fades mu omega m _ ltac:(lra) M O).
Qed.

Theorem carry_over_forgets_root : delta < 0 -> is_lim part_root p_infty 0.
Proof.
  intros Hd. destruct (carry_over_diverges Hd) as [M O]. apply part_fades.
  - intros t. apply exp_pos.
  - intros t. apply Rmult_lt_0_compat; [easy | apply exp_pos].
  - apply (is_lim_ext (fun t => / m * (exp (alpha * omega t) * exp (- alpha * mu t)))).
    + intros t. replace (- alpha * mu t) with (- (alpha * mu t)) by ring. rewrite exp_Ropp.
      assert (E := exp_pos (alpha * mu t)). field. lra.
    + assert (P : 0 <= / m) by (left; now apply Rinv_0_lt_compat). apply (fades omega mu (/ m) _ P O M).
Qed.
End CarryOver.

(* The usual rates, 1/n for mu and 1 for omega (r = 1/n), from mu0 = 0 <= omega0: as m < n, delta > 0,
   so the divergence of Theorem 1(a) does not survive at c = 0. *)
Theorem carry_over_usual_rates (alpha n m omega0 : R) : 0 < alpha -> 0 < n -> 0 < m < n -> 0 <= omega0 ->
  0 < delta alpha (/ n) m 0 omega0.
Proof.
  intros Ha Hn Hm Ho. unfold delta. rewrite Rmult_0_r, Ropp_0, exp_0.
  assert (E : exp (- (alpha * omega0)) <= exp 0).
  { apply exp_le. assert (0 <= alpha * omega0) by (apply Rmult_le_pos; lra). lra. }
  rewrite exp_0 in E. assert (P := exp_pos (- (alpha * omega0))).
  assert (X : / n * m < 1) by (apply Rmult_lt_reg_l with n; [easy |]; rewrite <- Rmult_assoc, Rinv_r; lra).
  assert (Y : 0 < / n * m) by (apply Rmult_lt_0_compat; [now apply Rinv_0_lt_compat | lra]).
  assert (Q : / n * m * exp (- (alpha * omega0)) <= / n * m * 1) by (apply Rmult_le_compat_l; lra). lra.
Qed.
