(* Numbers of one instance by evaluation: from a list of edges the kernel computes the profile,
   and the quantities of Model.v become sums over the profile that `interval` can enclose.
   The files that `verify theorem 1 --rocq DIR` writes rest on this one. *)
From Coq Require Import Reals Lra Lia List Bool Arith ZArith.
From Coquelicot Require Import Coquelicot.
From Interval Require Import Tactic.
From Muflow Require Import Analysis Sums Softmax Digraph Model Velocity Bounded Ceiling DivergesBfs Logarithm.
Import ListNotations.
Open Scope R_scope.

(* The digraph on 0 .. n-1 with these edges. *)
Definition graph_of (n : nat) (edges : list (nat * nat)) : digraph :=
  Digraph n (fun u v => existsb (fun e => ((fst e =? u) && (snd e =? v))%nat) edges).

(* ** Evaluation of N_c and of the in-degrees, layer after layer *)

Lemma nth_vertices {A : Type} (f : nat -> A) (G : digraph) (v : nat) (x : A) : (v < order G)%nat ->
  nth v (map f (vertices G)) x = f v.
Proof.
  intros H. unfold vertices. rewrite nth_indep with (d' := f 0%nat) by (rewrite map_length, seq_length; lia).
  rewrite map_nth, seq_nth; [easy | lia].
Qed.

(* reached G r c lists for every vertex whether it lies in N_c. *)
Fixpoint reached (G : digraph) (r c : nat) : list bool :=
  match c with
  | O => map (fun v => (v =? r)%nat) (vertices G)
  | S c' => let l := reached G r c' in
      map (fun v => nth v l false || existsb (fun u => if nth u l false then edge G u v else false) (vertices G)) (vertices G)
  end.

Lemma existsb_same {A : Type} (l : list A) (p q : A -> bool) : (forall x, In x l -> p x = q x) -> existsb p l = existsb q l.
Proof. induction l; simpl; intros H; [easy |]. rewrite H by auto. rewrite IHl; auto. Qed.

Lemma filter_same {A : Type} (l : list A) (p q : A -> bool) : (forall x, In x l -> p x = q x) -> filter p l = filter q l.
Proof. induction l; simpl; intros H; [easy |]. rewrite H by auto. rewrite IHl; auto. Qed.

Lemma reached_spec G r c v : (v < order G)%nat -> nth v (reached G r c) false = N G r c v.
Proof.
  revert v. induction c as [| c IH]; intros v H; cbn [reached N]; rewrite nth_vertices by easy; [easy |].
  rewrite IH by easy. f_equal. apply existsb_same. intros u Hu. apply vertices_spec in Hu. rewrite IH by easy.
  now destruct (N G r c u).
Qed.

(* classes G r c lists (is v in N_c, d_v) for every vertex v. *)
Definition classes (G : digraph) (r c : nat) : list (bool * nat) :=
  let l := reached G r c in
  map (fun v => (nth v l false, length (filter (fun u => if nth u l false then edge G u v else false) (vertices G)))) (vertices G).

Lemma classes_spec G r c : classes G r c = map (fun v => (N G r c v, in_degree G r c v)) (vertices G).
Proof.
  apply map_ext_in. intros v Hv. apply vertices_spec in Hv. rewrite reached_spec by easy. f_equal.
  unfold in_degree, count. f_equal. apply filter_same. intros u Hu. apply vertices_spec in Hu. rewrite reached_spec by easy.
  now destruct (N G r c u).
Qed.

(* ** The profile: how many vertices are in each class *)

Definition same_class (x y : bool * nat) : bool := Bool.eqb (fst x) (fst y) && (snd x =? snd y)%nat.

Lemma same_class_eq x y : same_class x y = true -> x = y.
Proof.
  unfold same_class. rewrite andb_true_iff, Nat.eqb_eq. intros [H1 H2]. apply eqb_prop in H1.
  destruct x, y. simpl in *. congruence.
Qed.

Fixpoint add_class (x : bool * nat) (p : list (bool * nat * nat)) : list (bool * nat * nat) :=
  match p with
  | [] => [(x, 1%nat)]
  | (y, k) :: p' => if same_class x y then (y, S k) :: p' else (y, k) :: add_class x p'
  end.

Definition profile (G : digraph) (r c : nat) : list (bool * nat * nat) := fold_right add_class [] (classes G r c).

(* Numbers as literals, which tactics read faster than 1 + 1 + 1. *)
Definition num (k : nat) : R := IZR (Z.of_nat k).
Definition ind (b : bool) : R := if b then 1 else 0.

Lemma num_INR k : num k = INR k.
Proof. symmetry. apply INR_IZR_INZ. Qed.

(* Sum over a profile: count times the value of the class. *)
Definition over (p : list (bool * nat * nat)) (g : bool -> nat -> R) : R :=
  sum p (fun x => num (snd x) * g (fst (fst x)) (snd (fst x))).

Lemma over_add x p g : over (add_class x p) g = g (fst x) (snd x) + over p g.
Proof.
  induction p as [| [y k] p IH]; cbn [add_class].
  - unfold over. cbn. unfold num. simpl. lra.
  - destruct (same_class x y) eqn:E.
    + apply same_class_eq in E. subst y. unfold over. cbn [sum fst snd]. rewrite !num_INR, S_INR. lra.
    + unfold over in *. cbn [sum]. rewrite IH. lra.
Qed.

Lemma sum_map {A B : Type} (f : A -> B) (g : B -> R) (l : list A) : sum (map f l) g = sum l (fun v => g (f v)).
Proof. induction l; simpl; [easy |]. now rewrite IHl. Qed.

Section Instance.
Variable I : instance.
Notation p := (profile (graph I) (root I) (c I)).
Notation l := (classes (graph I) (root I) (c I)).
Notation k := (alpha I * s I).

Lemma sum_profile (g : bool -> nat -> R) : sum (V I) (fun v => g (in_N I v) (degree I v)) = over p g.
Proof.
  assert (H : sum l (fun x => g (fst x) (snd x)) = over p g).
  { unfold profile. induction l as [| x l' IH]; [easy |]. simpl. now rewrite over_add, IH. }
  rewrite <- H, classes_spec, sum_map. easy.
Qed.

Lemma K_is : K I = num (length (filter fst l)).
Proof.
  rewrite uniform_K. unfold count. rewrite num_INR, classes_spec. f_equal. unfold V, in_N.
  induction (vertices (graph I)) as [| u r IH]; simpl; [easy |]. destruct (N _ _ _ u); simpl; now rewrite ?S_INR, IH.
Qed.

Lemma in_next_is v : in_next I v = in_N I v || (0 <? degree I v)%nat.
Proof.
  apply eq_true_iff_eq. rewrite orb_true_iff, Nat.ltb_lt. apply N_next.
Qed.

Definition in_class_next (a : bool) (D : nat) : bool := a || (0 <? D)%nat.

Lemma n_out_is : n_out I = num (length (filter (fun x => negb (in_class_next (fst x) (snd x))) l)).
Proof.
  unfold n_out, count. rewrite num_INR, classes_spec. f_equal.
  rewrite (filter_same _ _ (fun v => negb (in_class_next (in_N I v) (degree I v)))) by (intros; now rewrite in_next_is).
  unfold V, in_N, degree. induction (vertices (graph I)) as [| u r IH]; simpl; [easy |].
  destruct (negb _); simpl; now rewrite IH.
Qed.

Definition largest (cl : list (bool * nat)) : nat := fold_right (fun x m => Nat.max (snd x) m) 0%nat cl.
Definition least (cl : list (bool * nat)) : nat := fold_right (fun x m => Nat.min (snd x) m) (largest cl) cl.

Lemma largest_is : max_over (V I) (degree I) = largest l.
Proof.
  rewrite classes_spec. unfold largest, max_over, V, degree.
  induction (vertices (graph I)) as [| u r IH]; simpl; [easy |]. now rewrite IH.
Qed.

Lemma d_max_is : d_max I = num (largest l).
Proof. now rewrite uniform_d_max, num_INR, largest_is. Qed.

Lemma d_min_is : d_min I = num (least l).
Proof.
  rewrite uniform_d_min. unfold min_over, least. rewrite num_INR, largest_is. f_equal. generalize (largest l) as m. intros m.
  rewrite classes_spec. unfold V, degree.
  induction (vertices (graph I)) as [| u r IH]; simpl; [easy |]. now rewrite IH.
Qed.

Lemma d_is v : (v < order (graph I))%nat -> d I v = num (snd (nth v l (false, 0%nat))).
Proof.
  intros H. rewrite uniform_d. unfold degree. rewrite num_INR, classes_spec. f_equal.
  now rewrite (nth_vertices (fun v => (N (graph I) (root I) (c I) v, in_degree (graph I) (root I) (c I) v))).
Qed.

(* ** The quantities of the theorems as sums over the profile *)

Definition term (mu : R) (a : bool) (D : nat) : R := exp (k * (ind a + mu * num D)).

Lemma term_is mu v : exp (xi I mu v) = term mu (in_N I v) (degree I v).
Proof. unfold xi, term. now rewrite uniform_a, uniform_d, num_INR. Qed.

Lemma Z_is mu : Z I mu = over p (term mu).
Proof. rewrite <- sum_profile. apply sum_ext. intros v _. apply term_is. Qed.

(* balance m mu = sum_v (m - d_v) exp(xi_v(mu)): its sign is that of m - F(mu). *)
Definition balance (m : nat) (mu : R) : R := over p (fun a D => (num m - num D) * term mu a D).

Lemma balance_is m mu : balance m mu = (INR m - F I mu) * Z I mu.
Proof.
  unfold balance. rewrite <- sum_profile.
  rewrite (sum_ext _ _ (fun v => INR m * exp (xi I mu v) - d I v * exp (xi I mu v)))
    by (intros v _; rewrite term_is, uniform_d, !num_INR; ring).
  rewrite sum_minus, sum_scal, Rmult_minus_distr_r. f_equal.
  symmetry. exact (mean_times_partition (V I) (V_inhabited I) (xi I mu) (d I)).
Qed.

Lemma F_less m mu : 0 < balance m mu -> F I mu < INR m.
Proof. rewrite balance_is. intros H. assert (P := Z_pos I mu). nra. Qed.

Lemma F_more m mu : balance m mu < 0 -> INR m < F I mu.
Proof. rewrite balance_is. intros H. assert (P := Z_pos I mu). nra. Qed.

Lemma F_same m mu : balance m mu = 0 -> F I mu = INR m.
Proof. rewrite balance_is. intros H. assert (P := Z_pos I mu). nra. Qed.

Lemma W_is (m : nat) : W I (num m) = over p (fun a D => if (D =? m)%nat then exp (k * ind a) else 0).
Proof.
  rewrite <- sum_profile. apply sum_ext. intros v _. rewrite uniform_d, num_INR.
  destruct (Req_EM_T (INR (degree I v)) (INR m)) as [E | E], (degree I v =? m)%nat eqn:B.
  - rewrite Rmult_1_l. easy.
  - apply INR_eq in E. apply Nat.eqb_neq in B. lia.
  - apply Nat.eqb_eq in B. rewrite B in E. lra.
  - lra.
Qed.

Lemma n_is : n I = num (order (graph I)).
Proof. symmetry. apply num_INR. Qed.

Lemma Var_is mu : Var I mu =
  over p (fun a D => num D * num D * term mu a D) / over p (term mu) -
  (over p (fun a D => num D * term mu a D) / over p (term mu)) ^ 2.
Proof.
  unfold Var. rewrite (variance_moments (V I) (V_inhabited I)). unfold mean. fold (Z I mu). rewrite <- !Z_is, <- !sum_profile.
  rewrite (sum_ext (V I) (fun v => d I v * d I v * exp (xi I mu v)) (fun v => num (degree I v) * num (degree I v) * term mu (in_N I v) (degree I v))),
          (sum_ext (V I) (fun v => d I v * exp (xi I mu v)) (fun v => num (degree I v) * term mu (in_N I v) (degree I v)));
    [ring | |]; intros v _; rewrite term_is, uniform_d, num_INR; easy.
Qed.

Lemma sum_filter {A : Type} (q : A -> bool) (f : A -> R) (r : list A) :
  sum (filter q r) f = sum r (fun v => if q v then f v else 0).
Proof. induction r as [| x r IH]; simpl; [easy |]. destruct (q x); simpl; rewrite IH; lra. Qed.

Lemma F_in_zero_is : F_in I 0 =
  over p (fun a D => if in_class_next a D then num D * exp (k * ind a) else 0) /
  over p (fun a D => if in_class_next a D then exp (k * ind a) else 0).
Proof.
  unfold F_in, mean, partition, next. rewrite !sum_filter, <- !sum_profile.
  rewrite (sum_ext (V I) (fun v => if in_next I v then d I v * exp (xi I 0 v) else 0)
             (fun v => if in_class_next (in_N I v) (degree I v) then num (degree I v) * exp (k * ind (in_N I v)) else 0)),
          (sum_ext (V I) (fun v => if in_next I v then exp (xi I 0 v) else 0)
             (fun v => if in_class_next (in_N I v) (degree I v) then exp (k * ind (in_N I v)) else 0)); [easy | |];
    intros v _; rewrite in_next_is; fold (in_class_next (in_N I v) (degree I v));
    destruct (in_class_next _ _); try easy; rewrite term_is; unfold term; rewrite Rmult_0_l, Rplus_0_r, ?uniform_d, ?num_INR; easy.
Qed.

(* ** Theorem 1 with numbers *)

(* The ceiling of Theorem 1(b) for a label of in-degree m:
   log+( m sum_{d < m} W_d / ((d_max - m) W_{d_max}) ) / (alpha s (d_max - m + 1)). *)
Definition ceiling (m : nat) : R :=
  / (k * (d_max I - INR m + 1)) *
  Rmax 0 (ln (INR m * sum (V I) (fun v => (if Rlt_dec (d I v) (INR m) then 1 else 0) * exp (k * a I v))
              / ((d_max I - INR m) * W I (d_max I)))).

Lemma ceiling_is (m top : nat) : largest l = top ->
  ceiling m = / (k * (num top - num m + 1)) *
    Rmax 0 (ln (num m * over p (fun a D => if (D <? m)%nat then exp (k * ind a) else 0)
                / ((num top - num m) * over p (fun a D => if (D =? top)%nat then exp (k * ind a) else 0)))).
Proof.
  intros H. unfold ceiling. rewrite d_max_is, H, W_is, <- (num_INR m).
  rewrite (sum_ext (V I) _ (fun v => if (degree I v <? m)%nat then exp (k * ind (in_N I v)) else 0)).
  - now rewrite (sum_profile (fun a D => if (D <? m)%nat then exp (k * ind a) else 0)).
  - intros v _. rewrite uniform_d, num_INR.
    destruct (Rlt_dec (INR (degree I v)) (INR m)) as [E | E], (degree I v <? m)%nat eqn:B.
    + rewrite Rmult_1_l. easy.
    + apply INR_lt in E. apply Nat.ltb_ge in B. lia.
    + apply Nat.ltb_lt, lt_INR in B. lra.
    + lra.
Qed.

(* At mu = 0 the balance is A + B exp(alpha s) with integers A and B: a tie d_star = F(0) is a fact about integers. *)
Definition start_part (inside : bool) (m : nat) : BinNums.Z :=
  fold_right (fun x z => (z + if Bool.eqb inside (fst (fst x)) then Z.of_nat (snd x) * (Z.of_nat m - Z.of_nat (snd (fst x))) else 0)%Z) 0%Z p.

Lemma balance_start (m : nat) : balance m 0 = IZR (start_part false m) + IZR (start_part true m) * exp k.
Proof.
  unfold balance, start_part, over, term, num. generalize p as q. intros q. induction q as [| [[b D] j] q IH]; simpl; [lra |].
  rewrite IH, !plus_IZR. rewrite Rmult_0_l, Rplus_0_r.
  destruct b; simpl; rewrite ?mult_IZR, ?minus_IZR, ?Rmult_0_r, ?Rmult_1_r, ?exp_0; ring.
Qed.

(* An edge starts in N_c if some in-degree is positive. *)
Lemma leaves_by_degree : 0 < d_max I -> edge_leaves I.
Proof.
  intros H. destruct (d_max_attained I) as [v [Hv E]]. rewrite <- E, uniform_d in H. apply (INR_lt 0) in H.
  apply count_pos_inv in H. destruct H as [u [Hu B]]. apply andb_true_iff in B. now exists u, v.
Qed.

(* Theorem 1(b): one equilibrium, between lo and hi, which every Coconut flow reaches. *)
Theorem bracket (m : nat) (lo hi : R) :
  d_min I < num m < d_max I -> 0 < balance m lo -> balance m hi < 0 ->
  exists mu_star, lo < mu_star < hi /\ equilibrium I (num m) mu_star /\
    (forall x, equilibrium I (num m) x -> x = mu_star) /\
    (forall mu, coconut_flow I (num m) mu -> is_lim mu p_infty mu_star).
Proof.
  rewrite num_INR. intros H L U. apply F_less in L. apply F_more in U.
  destruct (proj2 (T1b_equilibrium I (INR m)) (or_introl H)) as [x E].
  assert (Hlt : d_min I < d_max I) by lra.
  exists x. repeat split.
  - destruct (Rlt_or_le lo x) as [A | [A | A]]; [easy | | ].
    + apply (F_increases I _ _ Hlt) in A. unfold equilibrium in E. lra.
    + unfold equilibrium in E. rewrite A in E. lra.
  - destruct (Rlt_or_le x hi) as [A | [A | A]]; [easy | | ].
    + apply (F_increases I _ _ Hlt) in A. unfold equilibrium in E. lra.
    + unfold equilibrium in E. rewrite <- A in E. lra.
  - easy.
  - intros y Hy. now apply (T1b_unique I (INR m)).
  - intros mu flow. now apply (T1b_converges I (INR m) mu flow).
Qed.

(* The same at a tie: d_star = F(0) by integers, and mu_star = 0. *)
Theorem tie (m : nat) : d_min I < num m < d_max I -> start_part false m = 0%Z -> start_part true m = 0%Z ->
  equilibrium I (num m) 0 /\ (forall x, equilibrium I (num m) x -> x = 0) /\
  (forall mu, coconut_flow I (num m) mu -> is_lim mu p_infty 0).
Proof.
  rewrite num_INR. intros H A B.
  assert (E : equilibrium I (INR m) 0) by (apply F_same; rewrite balance_start, A, B; lra).
  repeat split; [easy | |].
  - intros x Hx. apply (T1b_unique I (INR m)); [lra | easy | easy].
  - intros mu flow. now apply (T1b_converges I (INR m) mu flow).
Qed.

(* Positivity, and the rate with any lower bound of the variance between 0 and hi. *)
Theorem rises (m : nat) : d_min I < d_max I -> 0 < balance m 0 ->
  forall mu_star mu, equilibrium I (num m) mu_star -> coconut_flow I (num m) mu -> mu 0 = 0 ->
  (forall t, 0 < t -> 0 < mu t < mu_star) /\ (forall t u, 0 <= t < u -> mu t < mu u).
Proof.
  rewrite num_INR. intros H B mu_star mu E flow. apply F_less in B. now apply (T1b_positive I (INR m) mu flow mu_star).
Qed.

Theorem sinks (m : nat) : d_min I < d_max I -> balance m 0 < 0 ->
  forall mu_star mu, equilibrium I (num m) mu_star -> coconut_flow I (num m) mu -> mu 0 = 0 ->
  (forall t, 0 < t -> mu_star < mu t < 0) /\ (forall t u, 0 <= t < u -> mu u < mu t).
Proof.
  rewrite num_INR. intros H B mu_star mu E flow. apply F_more in B. now apply (T1b_negative I (INR m) mu flow mu_star).
Qed.

Theorem stands (m : nat) : start_part false m = 0%Z -> start_part true m = 0%Z ->
  forall mu, coconut_flow I (num m) mu -> mu 0 = 0 -> forall t, 0 <= t -> mu t = 0.
Proof.
  rewrite num_INR. intros A B mu flow H0 t Ht. rewrite <- H0. apply (T1b_still I (INR m) mu flow); [| easy].
  rewrite H0. apply F_same. rewrite balance_start, A, B. lra.
Qed.

(* The bounds where d_star = m is the largest in-degree and u the next, or the least and the next. *)
Lemma leave_lo_is (m u : nat) : leave_lo I (num m) (num u) = kappa I * Rabs (num m - num u) *
  (Rabs (num m - num u) * over p (fun a D => if (D =? u)%nat then exp (k * ind a) else 0) / over p (term 0)).
Proof. unfold leave_lo. now rewrite W_is, Z_is. Qed.

Lemma leave_hi_is (m u : nat) : leave_hi I (num m) (num u) = kappa I * Rabs (num m - num u) *
  (over p (fun a D => Rabs (num m - num D) * exp (k * ind a)) / over p (fun a D => if (D =? m)%nat then exp (k * ind a) else 0)).
Proof.
  unfold leave_hi. rewrite W_is, <- (sum_profile (fun a D => Rabs (num m - num D) * exp (k * ind a))).
  do 2 f_equal. apply sum_ext. intros v _. now rewrite uniform_d, <- num_INR.
Qed.

Definition next_below (m u : nat) : bool := forallb (fun x => ((m <=? snd x) || (snd x <=? u))%nat) l && existsb (fun x => (snd x =? u)%nat) l.
Definition next_above (m u : nat) : bool := forallb (fun x => ((snd x <=? m) || (u <=? snd x))%nat) l && existsb (fun x => (snd x =? u)%nat) l.

Lemma class_of v : In v (V I) -> In (in_N I v, degree I v) l.
Proof. intros H. rewrite classes_spec. exact (in_map (fun v => (in_N I v, degree I v)) _ v H). Qed.

Lemma vertex_of u : existsb (fun x => (snd x =? u)%nat) l = true -> exists w, d I w = num u.
Proof.
  rewrite existsb_exists, classes_spec. intros [x [Hx E]]. apply in_map_iff in Hx. destruct Hx as [w [Ew _]].
  apply Nat.eqb_eq in E. exists w. rewrite uniform_d, num_INR, <- E, <- Ew. easy.
Qed.

Theorem leaves_up (m u : nat) : d_max I = num m -> (u < m)%nat -> next_below m u = true ->
  forall mu, coconut_flow I (num m) mu -> mu 0 = 0 -> forall t, 0 <= t ->
  / (k * (num m - num u)) * ln (1 + leave_lo I (num m) (num u) * t) <= mu t <=
  / (k * (num m - num u)) * ln (1 + leave_hi I (num m) (num u) * t).
Proof.
  intros M L N mu flow H0 t Ht. apply andb_true_iff in N. destruct N as [N W']. destruct (vertex_of u W') as [w Ew].
  rewrite <- M, <- Ew in *. apply T1b_up_bounds; try easy.
  - rewrite M, Ew, !num_INR. now apply lt_INR.
  - intros v Hv B. rewrite forallb_forall in N. specialize (N _ (class_of v Hv)). cbn [snd] in N.
    rewrite M, num_INR, uniform_d in B. apply INR_lt in B. apply orb_true_iff in N. rewrite !Nat.leb_le in N.
    rewrite Ew, num_INR, uniform_d. apply le_INR. lia.
Qed.

Theorem leaves_down (m u : nat) : d_min I = num m -> (m < u)%nat -> next_above m u = true ->
  forall mu, coconut_flow I (num m) mu -> mu 0 = 0 -> forall t, 0 <= t ->
  / (k * (num u - num m)) * ln (1 + leave_lo I (num m) (num u) * t) <= - mu t <=
  / (k * (num u - num m)) * ln (1 + leave_hi I (num m) (num u) * t).
Proof.
  intros M L N mu flow H0 t Ht. apply andb_true_iff in N. destruct N as [N W']. destruct (vertex_of u W') as [w Ew].
  rewrite <- M, <- Ew in *. apply T1b_down_bounds; try easy.
  - rewrite M, Ew, !num_INR. now apply lt_INR.
  - intros v Hv B. rewrite forallb_forall in N. specialize (N _ (class_of v Hv)). cbn [snd] in N.
    rewrite M, num_INR, uniform_d in B. apply INR_lt in B. apply orb_true_iff in N. rewrite !Nat.leb_le in N.
    rewrite Ew, num_INR, uniform_d. apply le_INR. lia.
Qed.

Theorem decays (m : nat) (v lo hi : R) : (forall x, Rmin 0 lo <= x <= Rmax 0 hi -> v <= Var I x) ->
  forall mu_star mu, lo < mu_star < hi -> equilibrium I (num m) mu_star -> coconut_flow I (num m) mu -> mu 0 = 0 ->
  forall t, 0 <= t -> Rabs (mu t - mu_star) <= Rabs mu_star * exp (- (kappa I * v) * t).
Proof.
  rewrite num_INR. intros H mu_star mu B E flow H0 t Ht.
  replace (Rabs mu_star) with (Rabs (mu 0 - mu_star)) by (rewrite H0, Rminus_0_l; apply Rabs_Ropp).
  apply (T1b_rate I (INR m) mu flow); [easy | | easy]. intros x Hx. apply H. rewrite H0 in Hx. revert Hx.
  unfold Rmin, Rmax. destruct (Rle_dec 0 mu_star), (Rle_dec 0 lo), (Rle_dec 0 hi); lra.
Qed.
End Instance.

(* Proves bounds on numbers of an instance with so many bits; profile, K and alpha are the equations
   that the kernel computed for it. *)
Ltac literals profile K alpha :=
  unfold balance, term, over, s; rewrite ?K, ?alpha, ?Z_is, ?Var_is; unfold term, over, s; rewrite ?K, ?alpha, ?profile;
  cbv [sum fst snd num ind in_class_next orb Nat.ltb Nat.leb Nat.eqb Nat.sub Z.of_nat Pos.of_succ_nat Pos.succ].
Ltac numbers profile K alpha bits := literals profile K alpha; interval with (i_prec bits).
