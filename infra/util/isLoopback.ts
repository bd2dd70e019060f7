/** Tells whether a host as a URL or a client names it is this machine. IPv6 stands with or without brackets. */
export function isLoopback(host: string): boolean {
  return /^(localhost|::1|\[::1\]|127(\.\d{1,3}){3})$/.test(host);
}
