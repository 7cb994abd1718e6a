function [names, haveStreams] = bp_precoders()
%BP_PRECODERS  Names of the precoders that BP_SOLVE takes.
%   NAMES = BP_PRECODERS() is a cell array of names. [NAMES, HAVE_STREAMS] = BP_PRECODERS() also tells which
%   are for streams to users of any number of antennas; the others are for users with one.
%
%   See also BP_SOLVE.

[directory, cleanup] = bp_directory(); %#ok<ASGLU>
[code, text] = bp_run({'solve', '--help'}, directory); %#ok<ASGLU>
lists = regexp(text, 'for single-antenna users ([^;]*); for streams to users of any number of antennas ([^.]*)\.', 'tokens', 'once');
single = strsplit(lists{1}, ', ').';
streams = strsplit(lists{2}, ', ').';
names = [single; streams];
haveStreams = [false(size(single)); true(size(streams))];
end
