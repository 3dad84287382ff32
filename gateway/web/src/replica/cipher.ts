/**
 * What is kept sealed in the copy: cost and private facets, and the user's own changes.
 *
 * AES-GCM with a key that no script can read (`extractable: false`). It is made at sign-in and removed with the
 * copy at sign-out, change of user, wipe and the end of the lease. Honest limit: whoever has the unlocked profile
 * of the browser has the key's handle too; it protects from other programs and from a copied database.
 */
const IV_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export type Sealed = Uint8Array<ArrayBuffer>;

/** Seals and opens texts. */
export class Cipher {
  constructor(private readonly key: CryptoKey) {}

  static async newKey(): Promise<CryptoKey> {
    return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  }

  async seal(text: string): Promise<Sealed> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.key, encoder.encode(text)));
    const sealed = new Uint8Array(IV_BYTES + body.length);
    sealed.set(iv);
    sealed.set(body, IV_BYTES);
    return sealed;
  }

  async open(sealed: Sealed): Promise<string> {
    const iv = sealed.subarray(0, IV_BYTES);
    const body = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, this.key, sealed.subarray(IV_BYTES));
    return decoder.decode(body);
  }
}
