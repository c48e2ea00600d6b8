/** In browsers nobody can tell who listens to an EventTarget, so from the import of this on it is counted. */
const heard = new WeakMap<object, Map<string, Set<unknown>>>();
const { addEventListener, removeEventListener } = EventTarget.prototype;

EventTarget.prototype.addEventListener = function (type, listener, options) {
  const target = this ?? globalThis;
  const types = heard.get(target) ?? new Map<string, Set<unknown>>();
  const listeners = types.get(type) ?? new Set();
  heard.set(target, types.set(type, listeners.add(listener)));
  const forget = () => void listeners.delete(listener);
  const { once = false, signal = undefined } = typeof options === "object" ? options : {};
  if (once) addEventListener.call(target, type, forget, { once });
  if (signal) addEventListener.call(signal, "abort", forget);
  addEventListener.call(target, type, listener, options);
};
EventTarget.prototype.removeEventListener = function (type, listener, options) {
  const target = this ?? globalThis;
  heard.get(target)?.get(type)?.delete(listener);
  removeEventListener.call(target, type, listener, options);
};

export function getEventListeners(target: object, type: string): unknown[] {
  return [...(heard.get(target)?.get(type) ?? [])];
}
