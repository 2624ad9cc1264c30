// The colours of the style sheet, for what is drawn on canvases.

export type Rgb = readonly [number, number, number];

/** Colours as they are now; they change with the system's light or dark setting. */
export interface Theme {
  readonly panel: string;
  readonly sunken: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly ink: string;
  readonly paper: string;
  readonly classes: readonly string[];
  /** The classes' colours and the ground as numbers, for pictures made pixel by pixel. */
  readonly classesRgb: readonly Rgb[];
  readonly groundRgb: Rgb;
}

/** `#2166ac` as three numbers; `#fff`, as builds shorten style sheets, is `#ffffff`. */
export function rgbOf(colour: string): Rgb {
  const digits = colour.slice(1);
  const value = Number.parseInt(digits.length === 3 ? digits.replace(/./g, '$&$&') : digits, 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Reads the style sheet's colours. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const classes = ['class-0', 'class-1', 'class-2'].map(colour);
  return {
    panel: colour('panel'),
    sunken: colour('sunken'),
    text: colour('text'),
    quiet: colour('quiet'),
    line: colour('line'),
    accent: colour('accent'),
    ink: colour('ink'),
    paper: colour('paper'),
    classes,
    classesRgb: classes.map(rgbOf),
    groundRgb: rgbOf(colour('panel')),
  };
}

/** Calls back when the system changes between light and dark. */
export function onThemeChange(changed: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}

/** Whether the system asks for less movement. */
export const wantsLessMotion = (): boolean =>
  matchMedia('(prefers-reduced-motion: reduce)').matches;
