/** What a list holds: the links lie in the node, so a node is in one list at most. */
export interface ListNode<N> {
  _previous: N | null;
  _following: N | null;
}

/** A doubly linked list with its links in the nodes: append and removal from the middle in O(1), no allocation. */
export class LinkedList<N extends ListNode<N>> {
  head: N | null = null;
  tail: N | null = null;

  push(node: N): void {
    node._previous = this.tail;
    if (this.tail === null) this.head = node;
    else this.tail._following = node;
    this.tail = node;
  }

  /** Costs O(1) for a node that is in some list, which must then be this one. */
  includes(node: N): boolean {
    return node._previous !== null || node._following !== null || this.head === node;
  }

  /** The node must be in this list. */
  remove(node: N): void {
    if (node._previous === null) this.head = node._following;
    else node._previous._following = node._following;
    if (node._following === null) this.tail = node._previous;
    else node._following._previous = node._previous;
    node._previous = null;
    node._following = null;
  }

  /** Forgets all nodes, whose links the caller must cut. */
  clear(): void {
    this.head = null;
    this.tail = null;
  }

  *[Symbol.iterator](): Generator<N, void, undefined> {
    for (let node = this.head; node !== null; node = node._following) yield node;
  }
}
