function test_errors()
%TEST_ERRORS  The tool's messages as errors by exit code, and what was computed before them.

H = random_channels(2, 4, 2, 6);
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'no_such_option', 1)), '--no-such-option');
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'snr_db', 10, 'precoder', 'nonsense')), 'nonsense');
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'snr_db')), 'pairs');
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'out', 'x.npz')), '.mat');
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'snr_db', {1})), 'snr_db');
requires(requires_error('beamprecoding:usage', @() bp_drop('users', -1)), '--users');
requires(requires_error('beamprecoding:input', @() bp_solve(H * NaN, 'snr_db', 10)), 'finite');
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'power', [1 2 3])), '3 values');
requires(requires_error('beamprecoding:input', @() bp_solve(H, 'snr_db', 10, 'noise', [1 2 3])), 'noise');
requires(requires_error('beamprecoding:input', @() bp_solve('it''s nowhere.mat', 'snr_db', 10)), 'it''s nowhere.mat');
requires(requires_error('beamprecoding:input', @() bp_solve(int32([1 2; 3 4]), 'snr_db', 10)), 'int32');
requires(requires_error('beamprecoding:input', @() bp_solve(struct('h', 1), 'snr_db', 10)), 'no field H');
requires(requires_error('beamprecoding:device', @() bp_solve(H, 'snr_db', 10, 'device', 'cuda:7')), 'cuda:7');

% nothing of the shell's comes between
requires(requires_error('beamprecoding:usage', @() bp_solve(H, 'snr_db', 10, 'precoder', '$(echo mrt)''; `ls` "')), '$(echo mrt)');

% a precoder that fails leaves the others' results
list = {'precoder', {'bsp-hamiltonian', 'mrt'}, 'snr_db', 10, 'set', 'support=path-binning'};
requires(requires_error('beamprecoding:solver', @() bp_solve(H, list{:})), 'bsp-hamiltonian failed');
[r, problem] = bp_solve(H, list{:});
assert(strcmp(problem.identifier, 'beamprecoding:solver') && isequal(fieldnames(r), {'mrt'}) && all(r.mrt.sum_rate > 0));
[r, problem] = bp_solve(H, 'snr_db', 10); %#ok<ASGLU>
assert(isempty(problem));

% an interruption leaves what was computed
tool = getenv('BEAMPRECODING');
back = onCleanup(@() setenv('BEAMPRECODING', tool));
if isunix() && exist('/proc/self/stat', 'file')
    setenv('BEAMPRECODING', script('interrupted', {['env --default-signal=INT dotnet ''' strrep(tool, '''', '''\''''') ''' "$@" &'], ...
        'while [ -d /proc/$! ] && [ "$(cut -d" " -f14 /proc/$!/stat)" -lt 200 ]; do sleep 0.05; done', 'kill -INT $!', 'wait $!'}));
    endless = {'precoder', {'mrt', 'wmmse'}, 'snr_db', 10, 'set', {'patience=1000000000'}, 'iterations', 1000000};
    [r, problem] = bp_solve(H, endless{:}, 'out', 'interrupted.mat');
    assert(strcmp(problem.identifier, 'beamprecoding:interrupted'), problem.message);
    requires(problem.message, 'interrupted');
    assert(any(strcmp(r.wmmse.status, 'cancelled')) && r.wmmse.sum_rate(1) > 0 && all(r.mrt.sum_rate > 0));
    kept = load('interrupted.mat');
    assert(kept.wmmse_sumRate(1) > 0);
end

% where the tool is looked for
setenv('BEAMPRECODING', fullfile(pwd(), 'no tool'));
requires(requires_error('beamprecoding:tool', @() bp_precoders()), 'no tool');
setenv('BEAMPRECODING', script('broken', {'echo no runtime >&2', 'exit 127'}));
requires(requires_error('beamprecoding:tool', @() bp_solve(H, 'snr_db', 10)), 'no runtime');
setenv('BEAMPRECODING', '');
here = pwd();
functions = fileparts(which('bp_solve'));
mkdir('a clone');
copyfile(functions, fullfile('a clone', 'matlab'));
path = getenv('PATH');
backPath = onCleanup(@() setenv('PATH', path));
rmpath(functions);
backFunctions = onCleanup(@() addpath(functions));
addpath(fullfile(here, 'a clone', 'matlab'));
message = requires_error('beamprecoding:tool', @() bp_precoders());
requires(message, 'BEAMPRECODING');
requires(message, 'PATH');
requires(message, fullfile(here, 'a clone', 'beamprecoding'));
copyfile(script('clone', {'echo the clone >&2', 'exit 4'}), fullfile('a clone', 'beamprecoding'));
requires(requires_error('beamprecoding:device', @() bp_devices()), 'the clone');
mkdir('on path');
copyfile(script('on-path', {'echo on the path >&2', 'exit 4'}), fullfile('on path', 'beamprecoding'));
setenv('PATH', [fullfile(here, 'on path') pathsep path]);
requires(requires_error('beamprecoding:device', @() bp_devices()), 'on the path');
end

function path = script(name, lines)
path = fullfile(pwd(), name);
file = fopen(path, 'w');
fprintf(file, '%s\n', '#!/usr/bin/env bash', lines{:});
fclose(file);
system(['chmod +x ''' strrep(path, '''', '''\''''') '''']);
end

function requires(text, part)
assert(~isempty(strfind(text, part)), '"%s" expected in: %s', part, text); %#ok<STREMP>
end
