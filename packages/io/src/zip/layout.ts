// The records of a zip file (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const END64 = 0x06064b50;
export const LOCATOR64 = 0x07064b50;

/** Sizes of the records without names and extra fields. */
export const LOCAL_SIZE = 30;
export const CENTRAL_SIZE = 46;
export const END_SIZE = 22;
export const END64_SIZE = 56;
export const LOCATOR64_SIZE = 20;

/** Tag of the extra field that holds 64-bit sizes. */
export const ZIP64 = 0x0001;
/** In a 32-bit field: look into the 64-bit one. */
export const MAX32 = 0xffffffff;
export const MAX16 = 0xffff;

/** Compression methods. */
export const STORED = 0;
export const DEFLATED = 8;

/** The flag of a name in UTF-8. */
export const UTF8 = 0x800;
/** Flags of what is encrypted, patched, strongly encrypted, or has its directory hidden. */
export const UNREADABLE = 0x1 | 0x20 | 0x40 | 0x2000;
