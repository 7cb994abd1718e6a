function [result, problem] = bp_solve(H, varargin)
%BP_SOLVE  Precoders for channels, with their rates.
%   R = BP_SOLVE(H, NAME, VALUE, ...) computes precoders for H(realization, user, accessPoint, antenna),
%   complex, single or double. The entries are those of h, and user k receives
%       y_k = sum_l h_kl' * x_l + noise,   x_l = sum_j p_jl * s_j,
%   so the amplitude of stream j at user k is sum(sum(conj(H(r,k,:,:)) .* P(r,j,:,:))). For y = h.'*x give
%   'downlink_gain', true. The order of axes goes by the number of them unless 'axes' names it:
%       H(user, accessPoint, antenna)                               one realization
%       H(realization, user, accessPoint, antenna)
%       H(realization, user, accessPoint, userAntenna, antenna)     rows of matrices, y = H*x
%   MATLAB drops trailing axes of extent 1: with one antenna per access point name the axes,
%   'axes', 'realization,user,accessPoint,antenna'. H may also be what BP_DROP returns, or the name of a file.
%
%   Options are those of the command line, beamprecoding solve --help, with underscores. true gives a flag,
%   several numbers or a cell array of texts are a list.
%     'precoder'       name, or a cell array of names: R then has a field for each, R.reduced_cg for reduced-cg.
%                      BP_PRECODERS lists them. By default reduced-cg, for users with several antennas ncjt-cg
%     'snr_db'         each access point may send 10^(x/10) times the noise power; for precoders of streams
%                      the average SNR of 'snr_rule'
%     'snr_rule'       'geometric-isotropic', 'linear-isotropic' or 'geometric-frobenius'
%     'power'          power budgets in watts, one for each access point or one for all
%     'antenna_limit_db'  no antenna sends more than 10^(x/10) times its share of the budget over the antennas;
%                      coherent precoders of users with one antenna
%     'noise'          noise power in watts, one for all or one for each user; 1 by default
%     'normalize'      'none' (default), 'mean', 'median', 'user' or 'link': scale gains; rates and P are those
%                      of the scaled channels
%     'weights'        weight of each user's rate in the sum rate ('weight' is the same)
%     'axes'           axes of H, outermost first: text or a cell array
%     'downlink_gain'  true: the entries of H are conjugated, y = h.'*x
%     'serving'        streams: 'all', 'nearest:2', 'strongest:2', or logical serving(accessPoint, user)
%     'streams'        streams: N from each serving access point, 'average', or counts streams(accessPoint, user)
%     'max_streams'    streams: the most a user receives; one for all or one for each user
%     'settings'       struct of the precoders' settings: struct('damping', 0.5), for one of several precoders
%                      struct('bsp_hamiltonian', struct('damping', 0.5)); an unknown one lists those there are.
%                      'set' takes the command line's text, 'damping=0.5', or a cell array of such
%     'starts'         where iterations begin, {'mrt', 'rzf', 'random:8'}; the best is kept
%     'iterations'     iteration limit
%     'tolerance'      settled when the sum rate changes by less
%     'warm_start'     precoders to begin with: an earlier R, its P, or a file
%     'csi_nmse_db'    design on estimates with errors of so much energy; rates are those on H
%     'csi_error'      'antennas' (default) or 'beams': where those errors are independent
%     'device'         'auto' (default), 'cpu', 'reference', 'opencl', 'opencl:0', 'cuda', 'cuda:0'; BP_DEVICES lists them
%     'precision'      'single' or 'double', what is computed in and the class of P; single by default, whatever
%                      the class of H, and double on the reference
%     'threads'        threads of the cpu device; results do not depend on it
%     'seed'           seed of everything random ('random_state' is the same)
%     'budget_ms'      return from each precoder after so many milliseconds, with the best so far
%     'blocks'         realizations are time, so many blocks a sequence: each begins with the last one's precoders
%     'proportional_fair'    with 'blocks': weights that follow average rates over so many blocks, inversely
%     'certificate'    true: also a bound on the sum rate of every transmit scheme
%     'trace'          true: also every iterate's rate; a name ending in .csv also keeps the file
%     'out'            keep P and rates in this .mat file
%     'channels_name'  array of the file that holds the channels, where H is the name of a file
%
%   R has
%     P                    precoders (realization, user, accessPoint, antenna), without realization where H
%                          has none. Streams that leave one access point each: (realization, antenna, stream);
%                          cjt-wmmse: (realization, accessPoint, antenna, stream)
%     stream_user, stream_access_point    of each stream, counted from 1; [] where users have one stream each
%     sum_rate, rates      bit/s/Hz, (realization, 1) and (realization, user); sum_rate is weighted
%     iterations, status   numbers, and texts such as 'converged' or 'iteration-limit'
%     start                where the iterations began that were kept
%     power, power_excess  watts of each access point, and the worst excess over its budget, relative
%     weights              of each block (realization, user), with 'proportional_fair'; else []
%     upper_bound          of the sum rate, with 'certificate'; else []
%     designed_sum_rate    what the design believed, with 'csi_nmse_db'; else []
%     trace                with 'trace' a struct per realization: iteration, seconds, sum_rate, power_excess, step_size
%     seconds, timings     of each realization; setup, upload, solve and download of all
%     device, device_name, precision, report    how it came about; report is the tool's JSON with everything else
%
%   Errors have the tool's message and the identifiers beamprecoding:usage, :input, :device, :solver (some
%   realizations or precoders failed), :interrupted and :tool (it was not found or did not run).
%   [R, PROBLEM] = BP_SOLVE(...) does not raise :solver and :interrupted: R has what was computed, PROBLEM is
%   a struct with identifier and message, [] where all went well. Where 'out' is given the file has it too.
%
%   Examples
%     H = (randn(10, 8, 3, 32) + 1i * randn(10, 8, 3, 32)) / sqrt(2);
%     r = bp_solve(H, 'snr_db', 20, 'normalize', 'mean');
%     mean(r.sum_rate)
%
%     r = bp_solve(H, 'precoder', {'mrt', 'wmmse', 'reduced-cg'}, 'snr_db', 20, 'certificate', true);
%     mean(r.reduced_cg.sum_rate ./ r.reduced_cg.upper_bound)
%
%     d = bp_drop('users', 8, 'antennas', 32, 'realizations', 2, 'seed', 1);
%     r = bp_solve(d, 'snr_db', 20, 'normalize', 'mean', 'trace', true);
%     plot(r.trace(1).iteration, r.trace(1).sum_rate)
%
%   See also BP_DROP, BP_PRECODERS, BP_DEVICES.

if nargin < 1
    error('beamprecoding:usage', 'bp_solve needs channels: bp_solve(H, ''snr_db'', 20). See help bp_solve.');
end
[directory, cleanup] = bp_directory(); %#ok<ASGLU>
pairs = bp_pairs(varargin);
[trace, pairs] = bp_take(pairs, 'trace');
[out, pairs] = bp_take(pairs, 'out');
[names, pairs] = bp_take(pairs, 'precoder');
[channels, pairs, hasRealizations] = bp_channels(H, pairs, directory);
pairs = warm_start(pairs, directory, hasRealizations);

if ischar(names)
    isOfSeveral = any(names == ',');
    names = strsplit(names, ',');
else
    isOfSeveral = ~isempty(names);
end
traceFile = '';
if ischar(trace)
    traceFile = trace;
elseif ~isempty(trace) && trace
    traceFile = fullfile(directory, 'trace.csv');
end
if isempty(out)
    out = fullfile(directory, 'out.mat');
elseif isempty(regexpi(out, '\.mat$'))
    error('beamprecoding:usage', '''out'' is ''%s''; it is read back, so give a name ending in .mat.', out);
end

words = [{'solve', '--channels', channels}, bp_arguments([pairs; {'precoder', names; 'trace', traceFile}]), {'--out', out, '--json'}];
[code, report, message] = bp_run(words, directory);
if isempty(report)
    bp_raise(code, message);
end
result = bp_result(load(out), report, names, isOfSeveral, hasRealizations);
if ~isempty(traceFile)
    result = bp_trace(result, traceFile, isOfSeveral);
end
problem = [];
if code ~= 0
    problem = struct('identifier', bp_identifier(code), 'message', message);
    if nargout < 2
        bp_raise(code, message);
    end
end
end

function pairs = warm_start(pairs, directory, hasRealizations)
[value, pairs] = bp_take(pairs, 'warm-start');
if isstruct(value) && isfield(value, 'P')
    value = value.P;
end
if isnumeric(value) && ~isempty(value)
    P = value;
    if ~hasRealizations
        P = reshape(P, [1 size(P)]); %#ok<NASGU>
    end
    value = fullfile(directory, 'warm.mat');
    save('-v6', value, 'P');
elseif ~isempty(value) && ~ischar(value)
    error('beamprecoding:usage', '''warm_start'' has a value of class %s; expected a result of one precoder, its P, or the name of a file.', class(value));
end
pairs(end + 1, :) = {'warm-start', value};
end
