/** Context variables that cross; the tests and the workers load this module. */
import { ContextVar } from "yieldfrom";
import { shareContextVar } from "../../src/worker.ts";

export const requestId = shareContextVar(new ContextVar<string>("test.requestId"));
export const user = shareContextVar(new ContextVar<{ name: string }>("test.user"));
/** One that stays where it is. */
export const own = new ContextVar<string>("test.own");
