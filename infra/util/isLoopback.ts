/** Tells whether a host of a URL or of a client's settings is this machine. An IPv6 address may have brackets. */
export function isLoopback(host: string): boolean {
  return /^(localhost|::1|\[::1\]|127(\.\d{1,3}){3})$/.test(host);
}
