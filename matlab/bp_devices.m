function devices = bp_devices()
%BP_DEVICES  Devices that BP_SOLVE can compute on.
%   D = BP_DEVICES() is a struct array: id, which 'device' takes; name; details; memory_bytes, NaN where
%   unknown; solves, whether it can; obstacle, why not.
%
%   See also BP_SOLVE.

[directory, cleanup] = bp_directory(); %#ok<ASGLU>
[code, text, message] = bp_run({'doctor', '--try', 'none', '--json'}, directory);
if code ~= 0
    bp_raise(code, message);
end
obstacles = bp_json(text, 'obstacle');
obstacles(~cellfun('isclass', obstacles, 'char')) = {''};
devices = struct('id', bp_json(text, 'id'), 'name', bp_json(text, 'name'), 'details', bp_json(text, 'details'), ...
    'memory_bytes', bp_json(text, 'memoryBytes'), 'solves', bp_json(text, 'solves'), 'obstacle', obstacles);
end
