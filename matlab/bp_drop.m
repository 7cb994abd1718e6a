function d = bp_drop(varargin)
%BP_DROP  Channel realizations of a scenario.
%   D = BP_DROP(NAME, VALUE, ...) generates channels. Options are those of the command line,
%   beamprecoding drop --help, with underscores:
%     'scenario'        'uma-nlos' (default): 3GPP TR 38.901 urban macro without line of sight;
%                       'rayleigh-cell-free': Rayleigh fading with path loss in a square of 500 m;
%                       'iid': independent Rayleigh fading
%     'users'           256, 8 and 16 by default
%     'access_points'   3, 4 and 3 by default
%     'antennas'        of each access point; 512, 64 and 32 by default
%     'user_antennas'   of each user; 1, 4 and 1 by default
%     'realizations'    independent drops; 1 by default
%     'seed'            of everything random ('random_state' is the same); equal seeds give equal channels
%     'serving'         rayleigh-cell-free: 'nearest:2' (default), 'strongest:2' or 'all'
%     'gain_spread_db'  iid: standard deviation of the users' gains
%     'subcarriers', 'bandwidth_mhz'    uma-nlos: frequencies of each drop around the carrier, each a realization
%     'blocks', 'block_ms', 'speed_kmh'    users move: every drop is so many blocks of time, each a realization
%     'spherical'       uma-nlos, true: spherical wavefronts
%     'paths'           uma-nlos, true: also pathCoefficient and pathCosine(realization, user, accessPoint, path)
%     'device', 'threads'    where and on how many threads; results do not depend on them
%     'out'             keep the channels in this .mat file
%
%   D has H(realization, user, accessPoint, antenna), single, its entries those of y = h'*x, or rows of
%   matrices (realization, user, accessPoint, userAntenna, antenna); axes, which names them; power of each
%   access point and noise of each user in watts, weight; where the scenario has them userPosition
%   (realization, user, 3) and accessPointPosition in metres, carrierFrequencyHz, serving; and meta, JSON text
%   with options and statistics. BP_SOLVE takes D as it is.
%
%   Errors are those of BP_SOLVE.
%
%   Example
%     d = bp_drop('scenario', 'uma-nlos', 'users', 8, 'antennas', 32, 'realizations', 2, 'seed', 1);
%     r = bp_solve(d, 'snr_db', 20, 'normalize', 'mean');
%
%   See also BP_SOLVE.

[directory, cleanup] = bp_directory(); %#ok<ASGLU>
[out, pairs] = bp_take(bp_pairs(varargin), 'out');
if isempty(out)
    out = fullfile(directory, 'drop.mat');
elseif isempty(regexpi(out, '\.mat$'))
    error('beamprecoding:usage', '''out'' is ''%s''; it is read back, so give a name ending in .mat.', out);
end
[code, text, message] = bp_run([{'drop'}, bp_arguments(pairs), {'--out', out, '--quiet'}], directory); %#ok<ASGLU>
if code ~= 0
    bp_raise(code, message);
end
d = load(out);
d.axes = {'realization', 'user', 'accessPoint', 'antenna'};
userAntennas = bp_json(d.meta, 'userAntennas');
if userAntennas{1} > 1
    d.axes = [d.axes(1:3), {'userAntenna', 'antenna'}];
end
end
