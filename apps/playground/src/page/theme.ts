// The colors of the style sheet, for what is drawn on canvases.

export type Rgb = readonly [number, number, number];

/** Colors as they are now; they change with the system's light or dark setting. */
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
  /** The classes' colors and the ground as numbers, for pictures made pixel by pixel. */
  readonly classesRgb: readonly Rgb[];
  readonly groundRgb: Rgb;
}

/** `#2166ac` as three numbers; `#fff`, as builds shorten style sheets, is `#ffffff`. */
export function rgbOf(color: string): Rgb {
  const digits = color.slice(1);
  const value = Number.parseInt(digits.length === 3 ? digits.replace(/./g, '$&$&') : digits, 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Reads the style sheet's colors. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const classes = ['class-0', 'class-1', 'class-2'].map(color);
  return {
    panel: color('panel'),
    sunken: color('sunken'),
    text: color('text'),
    quiet: color('quiet'),
    line: color('line'),
    accent: color('accent'),
    ink: color('ink'),
    paper: color('paper'),
    classes,
    classesRgb: classes.map(rgbOf),
    groundRgb: rgbOf(color('panel')),
  };
}

/** Calls back when the system changes between light and dark. */
export function onThemeChange(changed: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}

/** Whether the system asks for less movement. */
export const wantsLessMotion = (): boolean =>
  matchMedia('(prefers-reduced-motion: reduce)').matches;
