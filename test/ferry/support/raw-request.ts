import { connect, type Socket } from 'node:net';

/** A connection that stays open until somebody ends it; what came in so far is `received`. */
export interface RawConnection {
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves when the other side has ended it, whether cleanly or not. */
  readonly ended: Promise<void>;
}

export async function openRaw(path: string): Promise<RawConnection> {
  const socket = connect(path);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // Being cut off is what some tests want to see.
  socket.on('error', () => undefined);
  return { socket, received: () => received, ended };
}

/** Sends bytes as they are and gives back all that comes until the other side ends the connection. */
export async function sendRaw(path: string, bytes: string | Uint8Array): Promise<string> {
  const { socket, received, ended } = await openRaw(path);
  socket.write(bytes);
  await ended;
  return received();
}
