// The text of a file, as Vite imports it.
declare module '*?raw' {
  const text: string;
  export default text;
}
// The address of a file that is copied into the build.
declare module '*?url' {
  const url: string;
  export default url;
}
declare module '*.pth?url' {
  const url: string;
  export default url;
}
