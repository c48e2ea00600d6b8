/** The programs as they stand in the case files: see the conformance README for what each field means. */

export type Scalar = null | boolean | number | string;

/** A condition on a counter: `n1>=2`. */
export interface Test {
  n: string;
  cmp: "==" | "!=" | "<" | "<=" | ">" | ">=";
  v: number;
}

/** A member of `of`: a name in the table of awaitables, or a coroutine to be made. */
export type Operand = string | { coro: string };

/** The awaitable of an op that takes one by name, or a coroutine. */
export type Target = { x: string } | { coro: string };

export type RaisedName = "E1" | "E2" | "CancelledError" | "TimeoutError";

export type ExceptionName =
  | RaisedName
  | "RuntimeError"
  | "ValueError"
  | "TypeError"
  | "InvalidStateError"
  | "QueueEmpty"
  | "QueueFull"
  | "QueueShutDown"
  | "BrokenBarrierError"
  | "ExceptionGroup";

export type FactoryKind = "none" | "eager" | "logging";

interface Named {
  x: string;
}

export interface SpawnFields {
  name: string;
  coro: string;
  eager?: boolean;
  ctx?: string;
}

export interface TaskOps {
  spawn: SpawnFields;
  tg_spawn: SpawnFields & { tg: string };
  await: Named;
  call: { coro: string };
  cancel: Named & { msg?: string };
  uncancel: Named;
  cancelling: Named;
  status: Named;
  result: Named;
  exception: Named;
  rename: Named & { name: string };
  new_future: Named;
  set_result: Named & { v?: Scalar };
  set_exception: Named & { exc: RaisedName; msg?: string };
  add_done_callback: Named & { cb: string; ctx?: string };
  remove_done_callback: Named & { cb: string };
  current_task: object;
  all_tasks: object;
  set_task_factory: { kind: FactoryKind };
}

export interface WaitOps {
  sleep: { d: number; v?: Scalar };
  yield: object;
  yield_bad: object;
  gather: { of: Operand[]; re?: boolean; into?: string };
  wait: {
    of: Operand[];
    when?: "ALL_COMPLETED" | "FIRST_COMPLETED" | "FIRST_EXCEPTION";
    timeout?: number;
  };
  as_completed: { of: Operand[]; timeout?: number; mode?: "async"; limit?: number };
  wait_for: Target & { timeout: number | null };
  shield: Target & { into?: string };
  reschedule: { var: string; d: number | null };
  expired: { var: string };
  when: { var: string };
}

interface Scheduled {
  cb: string;
  h?: string;
  ctx?: string;
}

export interface LoopOps {
  log: { msg: string };
  call_soon: Scheduled;
  call_later: Scheduled & { d: number };
  call_at: Scheduled & { at: number };
  handle_cancel: { h: string };
  handle_cancelled: { h: string };
}

export interface SyncOps {
  acquire: Named;
  release: Named;
  locked: Named;
  event_wait: Named;
  event_set: Named;
  event_clear: Named;
  event_is_set: Named;
  cond_wait: Named;
  cond_wait_for: Named & Test;
  notify: Named & { count?: number };
  notify_all: Named;
  barrier_wait: Named;
  barrier_reset: Named;
  barrier_abort: Named;
  barrier_status: Named;
}

export interface QueueOps {
  put: Named & { v: Scalar };
  get: Named;
  put_nowait: Named & { v: Scalar };
  get_nowait: Named;
  join: Named;
  task_done: Named;
  shutdown: Named & { immediate?: boolean };
  queue_status: Named;
}

export interface VariableOps {
  incr: Named & { by?: number };
  read: Named;
  cv_set: Named & { v: Scalar; token?: string };
  cv_get: Named;
  cv_reset: { token: string };
  copy_context: { ctx: string };
}

/** One of the ops in a table from op to fields. */
export type OpOf<Fields, K extends keyof Fields = keyof Fields> = {
  [P in K]: { op: P; safe?: boolean } & Fields[P];
}[K];

/** Every op that logs exactly one line when it is done. */
export type LeafOps = TaskOps & WaitOps & LoopOps & SyncOps & QueueOps & VariableOps;
export type LeafOp = OpOf<LeafOps>;

export interface Handler {
  types: (ExceptionName | "Exception")[];
  body: Block;
}

export interface ControlOps {
  return: { v?: Scalar };
  raise: { exc: RaisedName | "reraise"; msg?: string };
  repeat: { n: number; body: Block };
  break: object;
  if: Test & { then: Block; else?: Block };
  try: { body: Block; except?: Handler[]; else?: Block; finally?: Block };
  with: Named & { body: Block };
  timeout: { var: string; body: Block } & ({ d: number | null } | { at: number });
  taskgroup: { var: string; body: Block };
}
export type ControlOp = OpOf<ControlOps>;

export type Op = LeafOp | ControlOp;
export type Block = Op[];

export interface ObjectFields {
  future: object;
  lock: object;
  event: object;
  condition: { lock?: string };
  semaphore: { value?: number };
  bounded_semaphore: { value?: number };
  queue: { maxsize?: number };
  lifo_queue: { maxsize?: number };
  priority_queue: { maxsize?: number };
  barrier: { parties: number };
  counter: { value?: number };
  contextvar: { default?: Scalar };
}

export type ObjectKind = keyof ObjectFields;
export type ObjectOf<K extends ObjectKind = ObjectKind> = {
  [P in K]: { kind: P; name: string } & ObjectFields[P];
}[K];

export interface Program {
  id: string;
  note?: string;
  features: string[];
  objects: ObjectOf[];
  coroutines: Record<string, Block>;
  main: Block;
  callbacks?: Record<string, Block>;
  task_factory?: FactoryKind;
  finish: "stop" | "cancel";
  set_order?: "insertion";
}

export interface Case {
  program: Program;
  trace: string[];
}
