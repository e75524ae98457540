"""Which of our rules says what a folder of the suite's invalid models is about.

The suite numbers the demands of BPMN 2.0.2 (EXT002, …). A model counts as refused for the right reason if one of the
rules of its folder is among those that it breaks; it may break others beside.
"""

_TABLE = """
EXT002 id-unique
EXT003 id-required
EXT004 mime-type
EXT006 artifact-flow flow-ends
EXT007 artifact-flow flow-ends
EXT008 artifact-flow message-flow-ends
EXT009 artifact-flow message-flow-ends
EXT010 mime-type
EXT011 code-required
EXT012 formal-expression
EXT013 multi-instance-behavior timer-one
EXT014 uri
EXT019 gateway-direction
EXT020 collection
EXT022 event-sub-process-flow flow-listed
EXT023 flow-listed
EXT024 flow-immediate
EXT025 condition-lonely
EXT026 default-own
EXT027 choreography
EXT028 flow-scope
EXT030 multiplicity
EXT031 message-flow-ends
EXT033 message-flow-ends choreography
EXT036 choreography
EXT037 quantity
EXT038 quantity
EXT039 resource
EXT040 resource
EXT042 service-data
EXT043 service-data
EXT044 service-data
EXT045 service-data
EXT046 message-data
EXT047 message-data
EXT048 message-data
EXT049 receive-instantiate
EXT051 message-data
EXT052 message-data
EXT053 no-script
EXT054 loop-one
EXT055 loop-one
EXT056 choreography
EXT057 event-sub-process-flow
EXT058 event-sub-process-start
EXT059 event-kind event-sub-process-start event-sub-process-interrupting
EXT060 uri
EXT061 ad-hoc-content
EXT062 ad-hoc-content
EXT063 call-data
EXT064 io-binding
EXT065 io-binding
EXT067 multi-instance-count
EXT068 multi-instance-data
EXT069 multi-instance-item
EXT070 multi-instance-item
EXT076 data-state-name
EXT077 collection
EXT078 property-place
EXT079 io-place
EXT082 data-flow-source
EXT083 collection
EXT085 optional-in-set
EXT087 set-pairs
EXT089 optional-in-set
EXT091 association-item
EXT092 association-transformation
EXT093 event-multiple-data
EXT094 event-item
EXT095 definition-reference
EXT097 both-ends
EXT098 event-kind
EXT099 called-start
EXT100 start-in-sub-process
EXT101 flow-listed start-outgoing
EXT103 message-flow-event
EXT104 end-outgoing
EXT105 both-ends
EXT106 cancel-place
EXT107 flow-listed end-incoming
EXT109 message-flow-event
EXT110 event-kind event-none
EXT111 cancel-place
EXT112 boundary-incoming
EXT113 boundary-outgoing
EXT114 boundary-outgoing
EXT115 event-flow
EXT116 event-flow
EXT117 link-flow
EXT119 message-flow-event
EXT121 event-kind
EXT122 event-kind
EXT123 conditional-condition formal-expression
EXT124 link-name
EXT127 event-reference
EXT128 event-operation
EXT129 event-sub-process-start
EXT130 event-none
EXT132 timer
EXT134 timer
EXT135 gateway-direction gateway-flows
EXT137 event-gateway condition-place
EXT138 event-gateway
EXT140 event-gateway
EXT141 event-gateway
EXT142 event-gateway-start
EXT143 compensation-unhandled compensation-handler
EXT145 mime-type
EXT146 event-kind
EXT147 event-kind event-none
EXT148 event-kind event-none
EXT149 event-kind
EXT150 connected
EXT151 connected
"""
# Whatever a reference may name, each with a rule of its own.
_REFERENCES = """
reference error-reference definition-reference association-ends link-name flow-ends message-flow-ends boundary-host
default-own lane-node called-element data-reference compensation-reference
"""
EXPECTED: dict[str, frozenset[str]] = {
    folder: frozenset(f"bpmn.{name}" for name in names)
    for folder, *names in (line.split() for line in [*_TABLE.strip().splitlines(), f"REF {_REFERENCES}"])
}
