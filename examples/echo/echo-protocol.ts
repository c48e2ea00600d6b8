import { Protocol, type Transport } from "@yieldfrom/io";

/**
 * The same a level below, without coroutines: the transport calls these methods. What `drain` does for a writer is here in
 * two of them: while the client does not read, nothing is read from it.
 */
export class EchoProtocol extends Protocol {
  private _transport: Transport | undefined;

  override connectionMade(transport: Transport): void {
    this._transport = transport;
  }

  override dataReceived(data: Buffer): void {
    this._transport?.write(data);
  }

  override pauseWriting(): void {
    this._transport?.pauseReading();
  }

  override resumeWriting(): void {
    this._transport?.resumeReading();
  }
}
