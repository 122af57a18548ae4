(* One instance of the reduced dynamics: a finite digraph, a root, the number c of thoughts
   already taken, the readout gain alpha; and the two reduced flows. *)
From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph.
Import ListNotations.
Open Scope R_scope.

Record instance := Instance {
  graph : digraph;
  root : nat;
  c : nat;
  alpha : R;
  root_is_vertex : (root < order graph)%nat;
  alpha_positive : 0 < alpha
}.

Section Definitions.
Variable I : instance.

Definition V : list nat := vertices (graph I).
Definition n : R := INR (order (graph I)).
Definition in_N (v : nat) : bool := N (graph I) (root I) (c I) v.           (* v in N_c *)
Definition in_next (v : nat) : bool := N (graph I) (root I) (S (c I)) v.    (* v in N_{c+1} *)
Definition K : R := INR (count in_N V).                                     (* |N_c| *)
Definition s : R := / sqrt K.
Definition a (v : nat) : R := one (in_N v).
Definition degree (v : nat) : nat := in_degree (graph I) (root I) (c I) v.
Definition d (v : nat) : R := INR (degree v).           (* number of edges from N_c into v *)
Definition d_max : R := INR (max_over V degree).
Definition d_min : R := INR (min_over V degree).
Definition next : list nat := filter in_next V.                                    (* N_{c+1} *)
Definition n_out : R := INR (count (fun v => negb (in_next v)) V).          (* |V \ N_{c+1}| *)

(* xi_v(mu) = alpha s (a_v + mu d_v) *)
Definition xi (mu : R) (v : nat) : R := alpha I * s * (a v + mu * d v).

(* Z(mu) = sum_v exp(xi_v(mu)) *)
Definition Z (mu : R) : R := partition V (xi mu).

(* F(mu): the mean in-degree under the softmax over V; F_in: over N_{c+1}; Var: the variance. *)
Definition F (mu : R) : R := mean V (xi mu) d.
Definition F_in (mu : R) : R := mean next (xi mu) d.
Definition Var (mu : R) : R := variance V (xi mu) d.

(* W_D = sum of exp(alpha s a_v) over the vertices v of in-degree D. *)
Definition W (D : R) : R :=
  sum V (fun v => (if Req_EM_T (d v) D then 1 else 0) * exp (alpha I * s * a v)).

(* kappa = alpha^2 / (n K) *)
Definition kappa : R := alpha I ^ 2 / (n * K).

(* Coconut:  mu' = alpha/(n sqrt K) (d_star - F(mu)).  In the paper d_star is the in-degree of
   the labelled vertex; any real number is admitted, so a drawn label (d_star = E[d]) is covered. *)
Definition coconut_flow (d_star : R) (mu : R -> R) : Prop :=
  evolves mu (fun t => alpha I / (n * sqrt K) * (d_star - F (mu t))).

(* Coconut-BFS:  mu' = alpha/(n sqrt K) (F_in(mu) - F(mu)). *)
Definition bfs_flow (mu : R -> R) : Prop :=
  evolves mu (fun t => alpha I / (n * sqrt K) * (F_in (mu t) - F (mu t))).
End Definitions.

Section Facts.
Variable I : instance.
Notation V := (V I).

Lemma root_in_V : In (root I) V.
Proof. apply vertices_spec, root_is_vertex. Qed.

Lemma V_inhabited : V <> [].
Proof. assert (H := root_in_V). now destruct V. Qed.

Lemma n_pos : 0 < n I.
Proof. apply lt_0_INR. assert (H := root_is_vertex I). lia. Qed.

Lemma K_pos : 0 < K I.
Proof. apply lt_0_INR, (count_pos _ _ (root I)); [apply root_in_V | apply N_root]. Qed.

Lemma s_pos : 0 < s I.
Proof. apply Rinv_0_lt_compat, sqrt_lt_R0, K_pos. Qed.

Lemma alpha_s_pos : 0 < alpha I * s I.
Proof. apply Rmult_lt_0_compat; [apply alpha_positive | apply s_pos]. Qed.

Lemma rate_pos : 0 < alpha I / (n I * sqrt (K I)).
Proof.
  apply Rdiv_lt_0_compat; [apply alpha_positive |].
  apply Rmult_lt_0_compat; [apply n_pos | apply sqrt_lt_R0, K_pos].
Qed.

Lemma rate_kappa : alpha I / (n I * sqrt (K I)) * (alpha I * s I) = kappa I.
Proof.
  assert (H := n_pos). assert (H2 := sqrt_lt_R0 _ K_pos). assert (H3 := K_pos).
  unfold kappa, s. rewrite <- (sqrt_sqrt (K I)) at 3 by lra. field. lra.
Qed.

Lemma kappa_pos : 0 < kappa I.
Proof. rewrite <- rate_kappa. apply Rmult_lt_0_compat; [apply rate_pos | apply alpha_s_pos]. Qed.

Lemma d_nonneg v : 0 <= d I v.
Proof. apply pos_INR. Qed.

Lemma d_at_most v : In v V -> d I v <= d_max I.
Proof. intros H. apply le_INR, max_over_ge, H. Qed.

Lemma d_at_least v : In v V -> d_min I <= d I v.
Proof. intros H. apply le_INR, min_over_le, H. Qed.

Lemma d_max_attained : exists v, In v V /\ d I v = d_max I.
Proof.
  destruct (max_over_attained V (degree I) V_inhabited) as [v [H E]].
  exists v. split; [easy |]. unfold d, d_max. now rewrite E.
Qed.

Lemma d_min_attained : exists v, In v V /\ d I v = d_min I.
Proof.
  destruct (min_over_attained V (degree I) V_inhabited) as [v [H E]].
  exists v. split; [easy |]. unfold d, d_min. now rewrite E.
Qed.

Lemma d_min_nonneg : 0 <= d_min I.
Proof. apply pos_INR. Qed.

Lemma d_min_le_max : d_min I <= d_max I.
Proof. destruct d_min_attained as [v [H <-]]. now apply d_at_most. Qed.

Lemma a_nonneg v : 0 <= a I v.
Proof. apply one_nonneg. Qed.

Lemma outside v : in_next I v = false -> a I v = 0 /\ d I v = 0.
Proof.
  intros H. apply outside_next in H. destruct H as [H1 H2].
  unfold a, in_N, d, degree. now rewrite H1, H2.
Qed.

Lemma Z_pos mu : 0 < Z I mu.
Proof. apply partition_pos, V_inhabited. Qed.

Lemma is_derive_xi mu v : is_derive (fun m => xi I m v) mu (alpha I * s I * d I v).
Proof. unfold xi. auto_derive; [easy | ring]. Qed.

(* The mean in-degree over any set l of vertices has the derivative alpha s Var in mu. *)
Lemma is_derive_mean_degree l mu : l <> [] ->
  is_derive (fun x => mean l (xi I x) (d I)) mu (alpha I * s I * variance l (xi I mu) (d I)).
Proof.
  intros Hl. assert (H := is_derive_mean l Hl (xi I) (fun v => alpha I * s I * d I v) mu
                            (fun v _ => is_derive_xi mu v) (d I)).
  replace (alpha I * s I * variance l (xi I mu) (d I)) with
    (mean l (xi I mu) (fun v => d I v * (alpha I * s I * d I v)) -
     mean l (xi I mu) (d I) * mean l (xi I mu) (fun v => alpha I * s I * d I v)); [exact H |].
  rewrite (variance_moments l Hl), (mean_scal l).
  rewrite (mean_ext l _ (xi I mu) _ (fun v => alpha I * s I * (d I v * d I v)))
    by (intros; ring).
  rewrite mean_scal. ring.
Qed.

(* F' = alpha s Var *)
Lemma is_derive_F mu : is_derive (F I) mu (alpha I * s I * Var I mu).
Proof. apply is_derive_mean_degree, V_inhabited. Qed.

Lemma Var_nonneg mu : 0 <= Var I mu.
Proof. apply variance_nonneg, V_inhabited. Qed.

Lemma Var_pos mu : d_min I < d_max I -> 0 < Var I mu.
Proof.
  intros H. destruct d_min_attained as [v [Hv Ev]], d_max_attained as [w [Hw Ew]].
  apply (variance_pos V V_inhabited _ _ v w); [easy | easy | lra].
Qed.

Lemma Var_at_most mu : Var I mu <= d_max I * d_max I.
Proof.
  apply variance_at_most; [apply V_inhabited |]. intros v Hv.
  rewrite Rabs_right by (apply Rle_ge, d_nonneg). now apply d_at_most.
Qed.

Lemma F_at_most mu : F I mu <= d_max I.
Proof. apply mean_at_most; [apply V_inhabited | apply d_at_most]. Qed.

Lemma F_at_least mu : d_min I <= F I mu.
Proof. apply mean_at_least; [apply V_inhabited | apply d_at_least]. Qed.

Lemma F_below mu : d_min I < d_max I -> F I mu < d_max I.
Proof.
  intros H. destruct d_min_attained as [v [Hv Ev]].
  apply (mean_below V V_inhabited _ _ _ v); [apply d_at_most | easy | lra].
Qed.

Lemma F_above mu : d_min I < d_max I -> d_min I < F I mu.
Proof.
  intros H. destruct d_max_attained as [v [Hv Ev]].
  apply (mean_above V V_inhabited _ _ _ v); [apply d_at_least | easy | lra].
Qed.
End Facts.
