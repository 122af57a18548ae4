(* No average over the names of the vertices (A4): every vertex has a logit mu_u of its own on the
   diagonal of W, and one label p is trained. *)
From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Barrier Digraph Model Reduced.
Import ListNotations.
Open Scope R_scope.

Section Vertex.
Variables (I : instance) (p : nat).
Notation V := (V I).
Notation k := (alpha I * s I).
Hypothesis p_vertex : In p V.

(* u leads to v: u in N_c, and there is an edge u -> v. *)
Definition lead (u v : nat) : R := one (in_N I u && edge (graph I) u v).

(* xi_v = alpha s (a_v + sum_u mu_u [u leads to v]) *)
Definition xi_own (nu : nat -> R) (v : nat) : R := k * (a I v + sum V (fun u => nu u * lead u v)).

(* The pull on mu_u:  alpha s ([u leads to p] - Pr(u leads to v)). *)
Definition own_pull (nu : nat -> R) (u : nat) : R := k * (lead u p - mean V (xi_own nu) (lead u)).

(* W = diag(mu_u) *)
Definition own (nu : nat -> R) (w u : nat) : R := one (w =? u) * nu w.

Lemma readout_own nu v : readout I (fun w => w) (own nu) v = xi_own nu v.
Proof.
  unfold readout, xi_own. rewrite (sum_ext V _ (fun u => s I * (nu u * lead u v))).
  - rewrite sum_scal. unfold lambda. ring.
  - intros u Hu. rewrite (sum_ext V _ (fun w => one (w =? u) * (lambda I (fun w => w) w * nu w)))
      by (intros w _; unfold own; ring).
    rewrite (sum_single V u); [| apply vertices_nodup | easy].
    unfold lambda, lead. rewrite one_andb, <- uniform_a. ring.
Qed.

(* The pull is minus the gradient of the loss, in the diagonal entry of u. *)
Theorem A4_gradient nu u : In u V ->
  is_derive (fun h => loss I (fun w => w) (fun w => w =? p) (own (fun w => nu w + one (w =? u) * h)))
    0 (- own_pull nu u).
Proof.
  intros Hu. set (x := fun v => k * lead u v).
  assert (Label : forall v, In v (labelled I (fun w => w) (fun w => w =? p)) -> v = p).
  { intros v Hv. apply filter_In in Hv. now apply Nat.eqb_eq. }
  assert (Some : labelled I (fun w => w) (fun w => w =? p) <> []).
  { intros E. assert (X : In p (labelled I (fun w => w) (fun w => w =? p))).
    { apply filter_In. split; [easy | apply Nat.eqb_refl]. }
    now rewrite E in X. }
  assert (Move : forall h v, readout I (fun w => w) (own (fun w => nu w + one (w =? u) * h)) v
                             = xi_own nu v + h * x v).
  { intros h v. rewrite readout_own. unfold xi_own, x.
    rewrite (sum_ext V _ (fun w => nu w * lead w v + one (w =? u) * (h * lead w v))) by (intros; ring).
    rewrite sum_plus, (sum_single V u); [ring | apply vertices_nodup | easy]. }
  apply (is_derive_ext (fun h => ln (partition V (fun v => xi_own nu v + h * x v)) -
           ln (partition (labelled I (fun w => w) (fun w => w =? p)) (fun v => xi_own nu v + h * x v)))).
  { intros h. unfold loss, partition. f_equal; f_equal; apply sum_ext; intros v _; now rewrite Move. }
  assert (X : forall v, is_derive (fun h => xi_own nu v + h * x v) 0 (x v)).
  { intros v. auto_derive; [easy | ring]. }
  assert (D1 := is_derive_log_partition V (V_inhabited I)
                  (fun h v => xi_own nu v + h * x v) x 0 (fun v _ => X v)).
  assert (D2 := is_derive_log_partition _ Some (fun h v => xi_own nu v + h * x v) x 0 (fun v _ => X v)).
  assert (D := is_derive_minus (V := R_NormedModule) _ _ _ _ _ D1 D2).
  replace (- own_pull nu u) with
    (minus (mean V (fun v => xi_own nu v + 0 * x v) x)
       (mean (labelled I (fun w => w) (fun w => w =? p)) (fun v => xi_own nu v + 0 * x v) x)); [exact D |].
  rewrite (mean_ext (labelled I (fun w => w) (fun w => w =? p)) _ (xi_own nu) _ (fun _ => x p));
    [| intros; ring | intros v Hv; now rewrite (Label v Hv)].
  rewrite (mean_const _ Some). unfold minus, plus, opp, own_pull, x. simpl.
  rewrite (mean_ext V _ (xi_own nu) _ (fun v => k * lead u v)) by (intros; ring || easy).
  rewrite mean_scal. ring.
Qed.

(* ** The flow *)
Variables (rate : R) (mu : nat -> R -> R).
Hypothesis rate_pos : 0 < rate.
Let at_time (t : R) (u : nat) : R := mu u t.
Hypothesis flow : forall u, In u V -> evolves (mu u) (fun t => rate * own_pull (at_time t) u).

Lemma lead_values u v : lead u v = 0 \/ lead u v = 1.
Proof. unfold lead. destruct (in_N I u && edge (graph I) u v); simpl; auto. Qed.

Lemma lead_range u v : 0 <= lead u v <= 1.
Proof. destruct (lead_values u v) as [-> | ->]; lra. Qed.

Lemma rate_k_pos : 0 < rate * k.
Proof. apply Rmult_lt_0_compat; [easy | apply alpha_s_pos]. Qed.

(* A4-signs:  mu_u increases for ever if u leads to p and not to every vertex, *)
Theorem A4_up u v : In u V -> lead u p = 1 -> In v V -> lead u v = 0 ->
  forall t t', 0 <= t < t' -> mu u t < mu u t'.
Proof.
  intros Hu Hp Hv Nv. apply (rises _ _ (flow u Hu)). intros t _. unfold own_pull.
  rewrite <- Rmult_assoc. apply Rmult_lt_0_compat; [apply rate_k_pos |]. rewrite Hp.
  assert (mean V (xi_own (at_time t)) (lead u) < 1); [| lra].
  apply (mean_below V (V_inhabited I) _ _ _ v); [intros; apply lead_range | easy | lra].
Qed.

(* decreases for ever if u leads to some vertex and not to p, *)
Theorem A4_down u v : In u V -> lead u p = 0 -> In v V -> lead u v = 1 ->
  forall t t', 0 <= t < t' -> mu u t' < mu u t.
Proof.
  intros Hu Hp Hv Nv. apply (falls _ _ (flow u Hu)). intros t _. unfold own_pull.
  rewrite <- Rmult_assoc, Hp.
  assert (0 < mean V (xi_own (at_time t)) (lead u)).
  { apply (mean_pos V (V_inhabited I) _ _ v); [intros; apply lead_range | easy | lra]. }
  assert (P := rate_k_pos). nra.
Qed.

(* and stays if u leads nowhere. *)
Theorem A4_still u : In u V -> (forall v, In v V -> lead u v = 0) ->
  forall t, 0 <= t -> mu u t = mu u 0.
Proof.
  intros Hu N. apply (stands_still _ _ (flow u Hu)). intros t _. unfold own_pull. rewrite (N p p_vertex).
  rewrite (mean_ext V _ (xi_own (at_time t)) _ (fun _ => 0) (fun _ _ => eq_refl) N).
  rewrite (mean_const V (V_inhabited I)). ring.
Qed.

(* The lead of p over v in the readout. *)
Let odds (v : nat) (t : R) : R := xi_own (at_time t) p - xi_own (at_time t) v.
Let odds' (v : nat) (t : R) : R :=
  k * sum V (fun u => (lead u p - lead u v) * (rate * own_pull (at_time t) u)).

Lemma odds_value v t : odds v t = k * (a I p - a I v + sum V (fun u => (lead u p - lead u v) * mu u t)).
Proof.
  unfold odds, xi_own, at_time.
  rewrite (sum_ext V (fun u => (lead u p - lead u v) * mu u t)
             (fun u => mu u t * lead u p - mu u t * lead u v)) by (intros; ring).
  rewrite sum_minus. ring.
Qed.

Lemma odds_evolves v : evolves (odds v) (odds' v).
Proof.
  apply (evolves_ext (fun t => k * (a I p - a I v + sum V (fun u => (lead u p - lead u v) * mu u t))) _
           (fun t => k * (0 + sum V (fun u => (lead u p - lead u v) * (rate * own_pull (at_time t) u))))).
  - intros t. now rewrite odds_value.
  - intros t _. unfold odds'. ring.
  - apply evolves_scal, evolves_plus; [apply evolves_const |].
    apply (evolves_sum V (fun u t => (lead u p - lead u v) * mu u t)
             (fun u t => (lead u p - lead u v) * (rate * own_pull (at_time t) u))).
    intros u Hu. apply evolves_scal. now apply flow.
Qed.

(* Every term of the speed of the odds is a mean of non-negative numbers, one for each vertex. *)
Lemma term_value v t u : (lead u p - lead u v) * (rate * own_pull (at_time t) u) =
  rate * k * mean V (xi_own (at_time t)) (fun w => (lead u p - lead u v) * (lead u p - lead u w)).
Proof.
  rewrite mean_scal, (mean_minus V (V_inhabited I)), (mean_const V (V_inhabited I)).
  unfold own_pull. ring.
Qed.

Lemma term_factor u v w : 0 <= (lead u p - lead u v) * (lead u p - lead u w).
Proof. destruct (lead_values u p) as [-> | ->], (lead_values u v) as [-> | ->], (lead_values u w) as [-> | ->]; lra. Qed.

Lemma term_nonneg v t u : 0 <= (lead u p - lead u v) * (rate * own_pull (at_time t) u).
Proof.
  rewrite term_value. apply Rmult_le_pos; [left; apply rate_k_pos |].
  apply mean_nonneg; [apply V_inhabited |]. intros w _. apply term_factor.
Qed.

Lemma odds_never_fall v t : 0 <= t -> odds v 0 <= odds v t.
Proof.
  intros Ht. apply (never_falls _ _ (odds_evolves v)); [| lra]. intros u _.
  apply Rmult_le_pos; [left; apply alpha_s_pos |]. apply sum_nonneg. intros w _. apply term_nonneg.
Qed.

(* A4-separated:  the odds of p against v tend to infinity if v has other sources in N_c than p, *)
Theorem A4_separated v u : In v V -> In u V -> lead u v <> lead u p ->
  is_lim (fun t => xi_own (at_time t) p - xi_own (at_time t) v) p_infty p_infty.
Proof.
  intros Hv Hu N. apply (escapes _ _ (odds_evolves v)).
  { intros t _. apply Rmult_le_pos; [left; apply alpha_s_pos |]. apply sum_nonneg.
    intros w _. apply term_nonneg. }
  intros level. set (Z0 := partition V (xi_own (at_time 0))).
  assert (HZ0 : 0 < Z0) by (apply partition_pos, V_inhabited).
  exists (k * (rate * k * (exp (- level) * exp (xi_own (at_time 0) p) / Z0))).
  assert (K0 := alpha_s_pos I). assert (RK := rate_k_pos). split.
  - apply Rmult_lt_0_compat; [easy |]. apply Rmult_lt_0_compat; [easy |].
    apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; apply exp_pos | easy].
  - intros t Ht Hle. unfold odds'. apply Rmult_le_compat_l; [lra |].
    apply Rle_trans with ((lead u p - lead u v) * (rate * own_pull (at_time t) u)).
    2: { apply (sum_at_least V (fun u => (lead u p - lead u v) * (rate * own_pull (at_time t) u)));
           [intros; apply term_nonneg | easy]. }
    rewrite term_value. apply Rmult_le_compat_l; [lra |].
    set (Z := partition V (xi_own (at_time t))).
    assert (HZ : 0 < Z) by (apply partition_pos, V_inhabited).
    assert (One : (lead u p - lead u v) * (lead u p - lead u v) = 1).
    { destruct (lead_values u p) as [E | E], (lead_values u v) as [E' | E']; rewrite E, E' in *; lra. }
    apply Rle_trans with (exp (xi_own (at_time t) v) / Z).
    + (* p has never less weight than at the start, and v at least e^{- level} times that of p *)
      set (e0 := exp (xi_own (at_time 0) p)). set (ep := exp (xi_own (at_time t) p)).
      set (ev := exp (xi_own (at_time t) v)). assert (L0 := exp_pos (- level)).
      assert (Up : e0 * Z <= ep * Z0).
      { unfold Z, Z0, partition. rewrite <- 2 sum_scal. apply sum_le. intros w _. unfold e0, ep.
        rewrite <- 2 exp_plus. apply exp_le. assert (X := odds_never_fall w t ltac:(lra)).
        unfold odds in X. lra. }
      assert (Low : exp (- level) * ep <= ev).
      { unfold ep, ev. rewrite <- exp_plus. apply exp_le. unfold odds in Hle. lra. }
      apply Rle_div_l; [easy |]. replace (ev / Z * Z0) with (ev * Z0 / Z) by (field; lra).
      apply (proj1 (Rle_div_r _ _ _ HZ)).
      assert (Y1 : exp (- level) * (e0 * Z) <= exp (- level) * (ep * Z0)) by (apply Rmult_le_compat_l; lra).
      assert (Y2 : exp (- level) * ep * Z0 <= ev * Z0) by (apply Rmult_le_compat_r; lra). lra.
    + unfold mean. fold Z. unfold Rdiv. apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat |].
      assert (X := sum_at_least V (fun w => (lead u p - lead u v) * (lead u p - lead u w) *
                     exp (xi_own (at_time t) w)) v).
      cbv beta in X. rewrite One, Rmult_1_l in X. apply X; [| easy].
      intros w _. apply Rmult_le_pos; [apply term_factor | left; apply exp_pos].
Qed.

(* and those against a vertex with the same sources never move. *)
Theorem A4_same_sources v : (forall u, In u V -> lead u v = lead u p) ->
  forall t, xi_own (at_time t) p - xi_own (at_time t) v = xi_own (at_time 0) p - xi_own (at_time 0) v.
Proof.
  intros E t. change (odds v t = odds v 0). rewrite 2 odds_value. do 2 f_equal.
  apply sum_ext. intros u Hu. rewrite E by easy. ring.
Qed.
End Vertex.
