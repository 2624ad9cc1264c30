// Python names that the writer uses.

import { PyGlobal } from '../pickle/values.js';
import { PyCall } from '../pickle/writer.js';

export const REBUILD_TENSOR = new PyGlobal('torch._utils', '_rebuild_tensor_v2');
export const REBUILD_PARAMETER = new PyGlobal('torch._utils', '_rebuild_parameter');
const ORDERED_DICT = new PyGlobal('collections', 'OrderedDict');

/** An empty OrderedDict. */
export const orderedDict = (): PyCall => new PyCall(ORDERED_DICT);
