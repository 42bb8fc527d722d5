// Preloaded into servers that would listen on every interface: they listen on
// loopback, and say where.
import net from 'node:net';

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  const done = rest.find((x) => typeof x === 'function');
  return listen.call(this, Number(port) || 0, '127.0.0.1', () => {
    console.error(`listening on 127.0.0.1:${this.address().port}`);
    done?.();
  });
};
