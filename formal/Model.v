(* One step of the reduced dynamics: a finite digraph, a root, the number c of thoughts already taken,
   the weights of the last thought, the readout gain alpha; and the two reduced flows. *)
From Coq Require Import Reals Lra Lia List Bool Arith.
From Coquelicot Require Import Coquelicot.
From Muflow Require Import Analysis Sums Softmax Digraph.
Import ListNotations.
Open Scope R_scope.

(* The thought weighs every vertex of N_c, by any positive numbers. *)
Record thought := Thought {
  graph : digraph;
  root : nat;
  c : nat;
  alpha : R;
  weight : nat -> R;
  root_is_vertex : (root < order graph)%nat;
  alpha_positive : 0 < alpha;
  weight_positive : forall v, In v (vertices graph) -> N graph root c v = true -> 0 < weight v
}.

(* An instance: all weights are alike. *)
Record instance := Instance {
  instance_graph : digraph;
  instance_root : nat;
  instance_c : nat;
  instance_alpha : R;
  instance_root_is_vertex : (instance_root < order instance_graph)%nat;
  instance_alpha_positive : 0 < instance_alpha
}.

Definition uniform (I : instance) : thought :=
  Thought (instance_graph I) (instance_root I) (instance_c I) (instance_alpha I) (fun _ => 1)
    (instance_root_is_vertex I) (instance_alpha_positive I) (fun _ _ _ => Rlt_0_1).
Coercion uniform : instance >-> thought.
Arguments graph : simpl never.
Arguments root : simpl never.
Arguments c : simpl never.
Arguments alpha : simpl never.

Section Definitions.
Variable I : thought.

Definition V : list nat := vertices (graph I).
Definition n : R := INR (order (graph I)).
Definition in_N (v : nat) : bool := N (graph I) (root I) (c I) v.           (* v in N_c *)
Definition in_next (v : nat) : bool := N (graph I) (root I) (S (c I)) v.    (* v in N_{c+1} *)
Definition a (v : nat) : R := if in_N v then weight I v else 0.             (* 1{v in N_c} if uniform *)
Definition K : R := sum V (fun v => a v ^ 2).                               (* |N_c| if uniform *)
Definition s : R := / sqrt K.
Definition d (v : nat) : R := sum V (fun u => a u * one (edge (graph I) u v)).
                                                 (* the number of edges from N_c into v if uniform *)
Definition d_max : R := max_of V d.
Definition d_min : R := min_of V d.
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
Variable I : thought.
Notation V := (V I).

Lemma root_in_V : In (root I) V.
Proof. apply vertices_spec, root_is_vertex. Qed.

Lemma V_inhabited : V <> [].
Proof. assert (H := root_in_V). now destruct V. Qed.

Lemma n_pos : 0 < n I.
Proof. apply lt_0_INR. assert (H := root_is_vertex I). lia. Qed.

Lemma a_positive v : In v V -> in_N I v = true -> 0 < a I v.
Proof. intros Hv H. unfold a. rewrite H. now apply weight_positive. Qed.

Lemma a_nonneg v : In v V -> 0 <= a I v.
Proof.
  intros Hv. destruct (in_N I v) eqn:E; [left; now apply a_positive | unfold a; rewrite E; lra].
Qed.

Lemma K_pos : 0 < K I.
Proof.
  apply (sum_pos _ _ (root I)); [intros; apply pow2_ge_0 | apply root_in_V |].
  apply pow_lt, a_positive; [apply root_in_V | apply N_root].
Qed.

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
Proof.
  apply sum_nonneg. intros u Hu. apply Rmult_le_pos; [now apply a_nonneg | apply one_nonneg].
Qed.

Lemma d_at_most v : In v V -> d I v <= d_max I.
Proof. apply max_of_ge. Qed.

Lemma d_at_least v : In v V -> d_min I <= d I v.
Proof. apply min_of_le. Qed.

Lemma d_max_attained : exists v, In v V /\ d I v = d_max I.
Proof. apply max_of_attained; [intros; apply d_nonneg | apply V_inhabited]. Qed.

Lemma d_min_attained : exists v, In v V /\ d I v = d_min I.
Proof. apply min_of_attained, V_inhabited. Qed.

Lemma d_min_nonneg : 0 <= d_min I.
Proof. destruct d_min_attained as [v [_ <-]]. apply d_nonneg. Qed.

Lemma d_min_le_max : d_min I <= d_max I.
Proof. destruct d_min_attained as [v [H <-]]. now apply d_at_most. Qed.

Lemma d_max_nonneg : 0 <= d_max I.
Proof. apply Rle_trans with (1 := d_min_nonneg), d_min_le_max. Qed.

(* An edge that starts in N_c adds to the in-degree of its end. *)
Lemma d_positive u v : In u V -> in_N I u = true -> edge (graph I) u v = true -> 0 < d I v.
Proof.
  intros Hu Nu E. apply (sum_pos _ _ u); [| easy |].
  - intros w Hw. apply Rmult_le_pos; [now apply a_nonneg | apply one_nonneg].
  - rewrite E. simpl. rewrite Rmult_1_r. now apply a_positive.
Qed.

Lemma outside v : in_next I v = false -> a I v = 0 /\ d I v = 0.
Proof.
  intros H. destruct (outside_next _ _ _ _ H) as [H1 H2]. split.
  - unfold a, in_N. now rewrite H1.
  - apply sum_zero. intros u Hu. unfold a. destruct (in_N I u) eqn:E; [| ring].
    destruct (edge (graph I) u v) eqn:Ee; [exfalso | simpl; ring].
    assert (0 < in_degree (graph I) (root I) (c I) v)%nat; [| lia].
    apply (count_pos _ _ u Hu). unfold in_N in E. now rewrite E, Ee.
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

(* ** Uniform weights: the numbers of the paper *)
Section Uniform.
Variable I : instance.

Definition degree (v : nat) : nat := in_degree (graph I) (root I) (c I) v.

Lemma uniform_a v : a I v = one (in_N I v).
Proof. easy. Qed.

Lemma uniform_K : K I = INR (count (in_N I) (V I)).
Proof.
  unfold K, count. rewrite sum_count. apply sum_ext. intros v _. rewrite uniform_a.
  destruct (in_N I v); simpl; ring.
Qed.

Lemma uniform_d v : d I v = INR (degree v).
Proof.
  unfold d, degree, in_degree, count. rewrite sum_count. apply sum_ext. intros u _.
  now rewrite one_andb.
Qed.

Lemma INR_max j k : Rmax (INR j) (INR k) = INR (Nat.max j k).
Proof.
  destruct (Nat.le_ge_cases j k) as [H | H].
  - rewrite Nat.max_r by easy. now apply Rmax_right, le_INR.
  - rewrite Nat.max_l by easy. now apply Rmax_left, le_INR.
Qed.

Lemma INR_min j k : Rmin (INR j) (INR k) = INR (Nat.min j k).
Proof.
  destruct (Nat.le_ge_cases j k) as [H | H].
  - rewrite Nat.min_l by easy. now apply Rmin_left, le_INR.
  - rewrite Nat.min_r by easy. now apply Rmin_right, le_INR.
Qed.

Lemma uniform_d_max : d_max I = INR (max_over (V I) degree).
Proof.
  unfold d_max, max_of, max_over. induction (V I) as [| v l IH]; [easy |]. simpl.
  now rewrite IH, uniform_d, INR_max.
Qed.

Lemma uniform_d_min : d_min I = INR (min_over (V I) degree).
Proof.
  unfold d_min, min_of, min_over. fold (d_max I). rewrite uniform_d_max.
  generalize (max_over (V I) degree). intros m.
  induction (V I) as [| v l IH]; [easy |]. simpl. now rewrite IH, uniform_d, INR_min.
Qed.
End Uniform.
