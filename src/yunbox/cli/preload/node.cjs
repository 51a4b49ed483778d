// Loaded into every Node program under `yunbox run` (NODE_OPTIONS): Node's own clients read no proxy variables,
// so connections to the vendor's hosts are turned to the cloud where all of them begin. TLS, names and
// certificate checks stay the program's.
'use strict';

const net = require('node:net');
const tls = require('node:tls');

const VENDOR = /(^|\.)aliyuncs\.com\.?$/i;
const { YUNBOX_HTTP, YUNBOX_HTTPS } = process.env;

function turned(socket, options) {
  if (!options || options.path || typeof options.host !== 'string' || !VENDOR.test(options.host)) {
    return options;
  }
  const secure = socket instanceof tls.TLSSocket || Number(options.port) === 443;
  const { hostname, port } = new URL(secure ? YUNBOX_HTTPS : YUNBOX_HTTP);
  const to = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  // The program's own object stays as it is: the name to check the certificate against is read from it later.
  return Object.assign(Object.create(Object.getPrototypeOf(options)), options, to);
}

if (YUNBOX_HTTP && YUNBOX_HTTPS) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const [first, second] = args;
    if (Array.isArray(first)) {
      // How net.connect() passes what it has made of its own arguments.
      first[0] = turned(this, first[0]);
    } else if (first !== null && typeof first === 'object') {
      args[0] = turned(this, first);
    } else if (typeof second === 'string') {
      const to = turned(this, { port: first, host: second });
      args.splice(0, 2, to.port, to.host);
    }
    return connect.apply(this, args);
  };
}
